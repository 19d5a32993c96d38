"""The form of limits: of everyone, of a group, of a person. An empty field is inherited, a tick lifts the limit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers.allowances import KINDS
from providers.models import NO_LIMIT, Limit

MEGABYTE = 1024 * 1024
MOST = 10**15
LABELS = {
    "tokens_minute": gettext_lazy("Tokens a minute"),
    "tokens_day": gettext_lazy("Tokens a day"),
    "answers_at_once": gettext_lazy("Answers at once"),
    "storage": gettext_lazy("Storage in MB"),
}
HELP = {
    "tokens_minute": gettext_lazy("Prompt and answer together, of chats and API keys alike."),
    "tokens_day": gettext_lazy("Renews at midnight of the server's time."),
    "answers_at_once": gettext_lazy("A question to three models is three answers."),
    "storage": gettext_lazy("Documents of one's libraries and files in one's chats."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One kind of limit in the form: its number, and for all but everyone the tick that lifts it."""

    kind: str
    field: BoundField
    free: BoundField | None
    inherited: str


class LimitForm(forms.Form):
    """`row` may be unsaved. `inherited` says for each kind what an empty field means; None: for everyone."""

    def __init__(self, *args: Any, row: Limit, inherited: Mapping[str, str] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.row = row
        self.inherited = inherited
        for kind in KINDS:
            value = getattr(row, kind)
            self.fields[kind] = forms.IntegerField(
                label=LABELS[kind],
                help_text=HELP[kind],
                required=False,
                min_value=0,
                max_value=MOST // (MEGABYTE if kind == "storage" else 1),
                initial=None if value == NO_LIMIT else _shown(kind, value),
                error_messages={"invalid": _("Write a whole number, or leave it empty.")},
            )
            if inherited is not None:
                self.fields[f"{kind}_free"] = forms.BooleanField(
                    label=gettext_lazy("no limit"), required=False, initial=value == NO_LIMIT
                )

    def lines(self) -> Iterator[Line]:
        for kind in KINDS:
            free = self[f"{kind}_free"] if self.inherited is not None else None
            inherited = self.inherited[kind] if self.inherited is not None else _("no limit")
            yield Line(kind=kind, field=self[kind], free=free, inherited=inherited)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for kind in KINDS:
            if cleaned.get(kind) is not None and cleaned.get(f"{kind}_free"):
                self.add_error(kind, _("Give a number or tick “no limit”, not both."))
        return cleaned

    def save(self) -> None:
        """A row that says nothing is not kept."""
        for kind in KINDS:
            setattr(self.row, kind, self._value(kind))
        if any(getattr(self.row, kind) is not None for kind in KINDS):
            self.row.save()
        elif self.row.pk:
            self.row.delete()

    def _value(self, kind: str) -> int | None:
        if self.cleaned_data.get(f"{kind}_free"):
            return NO_LIMIT
        value: int | None = self.cleaned_data[kind]
        return value * MEGABYTE if kind == "storage" and value is not None else value


def _shown(kind: str, value: int | None) -> int | None:
    """Megabytes are rounded up, so that a saved form never takes room away."""
    return -(-value // MEGABYTE) if kind == "storage" and value is not None else value
