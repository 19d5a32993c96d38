"""The form of a server that makes pictures: looked through, and tried, before it is taken."""

import json
from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib.auth.models import Group
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers.addresses import BadAddress, candidates
from providers.advice import address_advice
from providers.base import ProviderError
from providers.images.makers import maker_for
from providers.images.sizes import BadSizes, sizes_in
from providers.images.workflow import ROLES, TO_DRAW, TO_EDIT, BadWorkflow, check, guessed, parse
from providers.models import ImageServer

LONGEST_WORKFLOW = 400_000  # characters
MOST_PICTURES = 8
_PLAIN = {"spellcheck": "false", "autocomplete": "off"}
_WORKFLOWS = {"workflow": ("marks", TO_DRAW), "edit_workflow": ("edit_marks", TO_EDIT)}


def _workflow_field(label: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "mono"})
    return forms.CharField(label=label, required=False, max_length=LONGEST_WORKFLOW, widget=widget)


def _marks_field(label: Any) -> forms.CharField:
    attrs = {"rows": 6, "spellcheck": "false", "class": "mono", "placeholder": "prompt = 6.text\nseed = 3.seed"}
    return forms.CharField(label=label, required=False, max_length=4000, widget=forms.Textarea(attrs=attrs))


class ImageServerForm(forms.ModelForm):
    """A blank key leaves the stored one as it is. Fields that a kind does not know are left out of its form."""

    key = forms.CharField(
        label=gettext_lazy("API key"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    remove_key = forms.BooleanField(label=gettext_lazy("Remove the stored key"), required=False)
    workflow = _workflow_field(gettext_lazy("Workflow for drawing"))
    marks = _marks_field(gettext_lazy("Marked inputs"))
    edit_workflow = _workflow_field(gettext_lazy("Workflow for changing a picture"))
    edit_marks = _marks_field(gettext_lazy("Marked inputs of that"))

    class Meta:
        model = ImageServer
        fields = [
            *("name", "base_url", "model", "quality", "steps", "sizes", "most", "daily", "seconds", "tokens", "price"),
            *("can_edit", "enabled", "rule", "groups"),
        ]
        labels = {
            "name": gettext_lazy("Name"),
            "base_url": gettext_lazy("Address"),
            "model": gettext_lazy("Model"),
            "quality": gettext_lazy("Quality"),
            "steps": gettext_lazy("Steps"),
            "sizes": gettext_lazy("Sizes, one a line, the usual one first"),
            "most": gettext_lazy("Pictures of one question"),
            "daily": gettext_lazy("Pictures of a person in a day"),
            "seconds": gettext_lazy("Seconds until it is given up"),
            "tokens": gettext_lazy("Tokens that a picture counts against limits"),
            "price": gettext_lazy("Price of a picture"),
        }
        widgets = {
            "rule": forms.RadioSelect,
            "groups": forms.CheckboxSelectMultiple,
            "base_url": forms.TextInput(attrs={**_PLAIN, "inputmode": "url"}),
            "model": forms.TextInput(attrs=_PLAIN),
            "quality": forms.TextInput(attrs=_PLAIN),
            "sizes": forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "mono"}),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.models: list[str] = []
        self.fields["groups"].queryset = Group.objects.order_by("name")  # type: ignore[attr-defined]
        self.fields["most"].widget.attrs |= {"min": 1, "max": MOST_PICTURES}
        self.fields["seconds"].widget.attrs |= {"min": 5, "max": 3600}
        kind = self.instance.kind
        unknown = {
            ImageServer.Kind.OPENAI: ["steps", *_WORKFLOWS, "marks", "edit_marks"],
            ImageServer.Kind.A1111: ["quality", *_WORKFLOWS, "marks", "edit_marks"],
            ImageServer.Kind.COMFYUI: ["quality", "can_edit"],
        }
        for name in unknown[ImageServer.Kind(kind)]:
            del self.fields[name]
        if kind != ImageServer.Kind.OPENAI:
            self.fields["key"].label = _("User and password, as user:password")
        for name, (marks, _needed) in _WORKFLOWS.items():
            if name in self.fields and (nodes := getattr(self.instance, name)):
                self.initial[name] = json.dumps(nodes, indent=1, ensure_ascii=False)
                self.initial[marks] = "\n".join(
                    f"{role} = {mark}" for role, mark in getattr(self.instance, marks).items()
                )

    def clean_base_url(self) -> str:
        text = str(self.cleaned_data["base_url"]).strip()
        try:
            options = candidates(text)
        except BadAddress as problem:
            raise forms.ValidationError(address_advice(str(problem))) from None
        wanted = "openai" if self.instance.kind == ImageServer.Kind.OPENAI else "ollama"  # which is the bare address
        return next(option for option in options if option.kind == wanted).base_url

    def clean_sizes(self) -> str:
        try:
            return "\n".join(sizes_in(self.cleaned_data["sizes"]))
        except BadSizes as problem:
            raise forms.ValidationError(str(problem)) from None

    def clean_most(self) -> int:
        return _between(self.cleaned_data["most"], 1, MOST_PICTURES)

    def clean_seconds(self) -> int:
        return _between(self.cleaned_data["seconds"], 5, 3600)

    def clean_tokens(self) -> int:
        return _between(self.cleaned_data["tokens"], 1, 1_000_000)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        moved = "base_url" in self.changed_data and "base_url" in given
        # A key that was entered for one server must not be sent to another because an address was edited.
        if moved and self.instance.encrypted_key and not given.get("key") and not given.get("remove_key"):
            self.add_error("key", _("The address has changed: enter the key again. It is only sent where it belongs."))
        for name, (marks, needed) in _WORKFLOWS.items():
            if name in self.fields:
                self._read(given, name, marks, needed)
        if not self.errors and given.get("enabled"):
            self._try(given)
        return given

    def save(self, commit: bool = True) -> ImageServer:
        row: ImageServer = super().save(commit=False)
        self._fill(row, self.cleaned_data)
        row.checked_at = timezone.now() if row.enabled else row.checked_at
        row.save()
        self.save_m2m()
        return row

    def _read(self, given: dict[str, Any], name: str, marks: str, needed: tuple[str, ...]) -> None:
        """The nodes in place of their text, and what is marked in them; nothing where nothing was pasted."""
        text = str(given.get(name) or "").strip()
        if not text:
            given[name], given[marks] = {}, {}
            if name == "workflow":
                self.add_error(name, _("Paste the workflow that is to draw, exported from ComfyUI in API format."))
            return
        try:
            nodes = parse(text)
        except BadWorkflow as problem:
            self.add_error(name, str(problem))
            return
        try:
            marked = _marks_in(str(given.get(marks) or "")) or guessed(nodes)
            check(nodes, marked, needed)
        except BadWorkflow as problem:
            self.add_error(marks, str(problem))
            return
        given[name], given[marks] = nodes, marked

    def _fill(self, row: ImageServer, given: dict[str, Any]) -> None:
        if given.get("key"):
            row.api_key = given["key"]
        elif given.get("remove_key"):
            row.api_key = ""
        for name in (*_WORKFLOWS, "marks", "edit_marks"):
            if name in self.fields:
                setattr(row, name, given[name])

    def _try(self, given: dict[str, Any]) -> None:
        """A look at the server as it would be stored; what switches it off needs no look."""
        row = self.instance
        tried = ImageServer(kind=row.kind, encrypted_key=row.encrypted_key, seconds=10)
        for name in ("name", "base_url", "model"):
            setattr(tried, name, given[name])
        self._fill(tried, given)
        try:
            self.models = async_to_sync(maker_for(tried).look)()
        except ProviderError as problem:
            self.add_error("key" if problem.code in ("unauthorized", "unreadable_key") else "base_url", str(problem))
            return
        wanted = given["model"].strip()
        if wanted and self.models and not any(_is_named(wanted, name) for name in self.models):
            shown = ", ".join(self.models[:12])
            sentence = _("It has no model of this name. It has: %(models)s.") % {"models": shown}
            self.add_error("model", sentence)


def _is_named(wanted: str, name: str) -> bool:
    """AUTOMATIC1111 lists `sdxl.safetensors [31e35c80fc]` and takes a part of it."""
    return wanted == name or name.startswith((f"{wanted} ", f"{wanted}."))


def _marks_in(text: str) -> dict[str, str]:
    """Lines like `prompt = 6.text`. Raises `BadWorkflow`."""
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        role, sign, mark = (part.strip() for part in line.partition("="))
        if not sign or role not in ROLES:
            raise BadWorkflow(
                _("“%(line)s” is no mark. Write one a line, like prompt = 6.text, of these: %(roles)s.")
                % {"line": line[:80], "roles": ", ".join(ROLES)}
            )
        if mark:
            found[role] = mark
    return found


def _between(value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise forms.ValidationError(_("From %(least)s to %(most)s.") % {"least": least, "most": most})
    return value
