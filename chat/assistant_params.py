"""The parameters of an assistant as form fields. An empty one is "default", which is stored and sent as nothing."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

DEFAULT = gettext_lazy("default")
PREFIX = "param_"
_RANGES = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "min_p": (0, 1),
    "presence_penalty": (-2, 2),
    "frequency_penalty": (-2, 2),
    "repeat_penalty": (0, 3),
}
_WHOLE = {"top_k": (0, 100_000), "max_tokens": (1, 10_000_000), "seed": (-(2**31), 2**31 - 1)}
LABELS = {
    "temperature": gettext_lazy("Temperature"),
    "max_tokens": gettext_lazy("Longest answer, in tokens"),
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "presence_penalty": gettext_lazy("Presence penalty"),
    "frequency_penalty": gettext_lazy("Frequency penalty"),
    "repeat_penalty": gettext_lazy("Repeat penalty"),
    "seed": gettext_lazy("Seed"),
    "stop": gettext_lazy("Stop at (one text a line)"),
    "reasoning_effort": gettext_lazy("Reasoning effort"),
    "think": gettext_lazy("Think first"),
}
_MOST_STOPS = 4


def fields(given: Mapping[str, Any]) -> dict[str, forms.Field]:
    """A field for each parameter, with what an assistant has for it."""
    return {f"{PREFIX}{name}": _field(name, given.get(name)) for name in LABELS}


def stored(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """What was really chosen; everything else is left to the model server."""
    chosen = {name: cleaned.get(f"{PREFIX}{name}") for name in LABELS}
    chosen["think"] = {"yes": True, "no": False}.get(str(chosen["think"]))
    chosen["stop"] = [line for line in str(chosen["stop"] or "").splitlines() if line][:_MOST_STOPS] or None
    return {name: value for name, value in chosen.items() if value is not None and value != ""}


def _field(name: str, value: Any) -> forms.Field:
    common: dict[str, Any] = {"label": LABELS[name], "required": False, "initial": value}
    if name in _RANGES:
        low, high = _RANGES[name]
        widget = forms.NumberInput(attrs={"placeholder": DEFAULT, "step": "any"})
        return forms.FloatField(min_value=low, max_value=high, widget=widget, **common)
    if name in _WHOLE:
        low, high = _WHOLE[name]
        widget = forms.NumberInput(attrs={"placeholder": DEFAULT})
        return forms.IntegerField(min_value=low, max_value=high, widget=widget, **common)
    if name == "stop":
        lines = "\n".join(value) if isinstance(value, list) else value or ""
        area = forms.Textarea(attrs={"rows": 2, "placeholder": DEFAULT})
        return forms.CharField(max_length=500, strip=False, widget=area, **common | {"initial": lines})
    choices = [("", str(DEFAULT))]
    if name == "think":
        choices += [("yes", _("yes")), ("no", _("no"))]
        common["initial"] = {True: "yes", False: "no"}.get(value, "")
    else:
        choices += [("low", _("low")), ("medium", _("medium")), ("high", _("high"))]
    return forms.ChoiceField(choices=choices, **common)
