"""The form of a prompt: what it says, and who may use and edit it."""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.assistants import may_make
from chat.models import Prompt
from chat.models.prompt import LONGEST_TEXT
from chat.prompts.variables import VariableError, parsed
from chat.prompts.writing import keep

if TYPE_CHECKING:
    from webui.accounts.models import User

_COMMAND = re.compile(r"[\w-]+")


class PromptForm(forms.ModelForm):
    """Sharing is its owner's and an administrator's: others who may edit change what it says."""

    text = forms.CharField(
        label=gettext_lazy("Text"), max_length=LONGEST_TEXT, strip=False, widget=forms.Textarea(attrs={"rows": 10})
    )

    class Meta:
        model = Prompt
        fields = ["name", "command", "text", "for_everyone", "groups", "editors"]
        widgets = {"groups": forms.CheckboxSelectMultiple, "editors": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, editor: "User", **options: Any) -> None:
        super().__init__(*args, **options)
        self.editor = editor
        row: Prompt = self.instance
        self.fields["command"].required = False
        self.may_share = row._state.adding or row.owner_id == editor.pk or editor.is_superuser
        # What was published before stays so until somebody who may publish takes it back.
        self.may_publish = self.may_share and may_make(editor)
        if not self.may_share:
            del self.fields["groups"], self.fields["editors"]
        else:
            for name in ("groups", "editors"):
                self.fields[name].queryset = _groups(editor, row, name)  # type: ignore[attr-defined]
        if not self.may_publish:
            del self.fields["for_everyone"]

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n").strip("\n")
        if not text.strip():
            raise forms.ValidationError(_("Write what the prompt says."))
        try:
            parsed(text)
        except VariableError as problem:
            raise forms.ValidationError(str(problem)) from None
        return text

    def clean_command(self) -> str:
        """Left empty, it is made of the name."""
        given = str(self.cleaned_data["command"] or "").strip().lstrip("/／、").lower()
        if not given:
            given = "-".join(_COMMAND.findall(str(self.cleaned_data.get("name", "")).lower()))[:40].strip("-")
        if not _COMMAND.fullmatch(given):
            raise forms.ValidationError(_("A command has letters, digits, “-” and “_” only, no spaces."))
        same = Prompt.objects.filter(owner_id=self.instance.owner_id, command=given).exclude(pk=self.instance.pk)
        if same.exists():
            said = _("There is another prompt with the command /%(command)s.")
            raise forms.ValidationError(said % {"command": given})
        return given

    def save(self, commit: bool = True) -> Prompt:
        row: Prompt = super().save(commit=False)
        with transaction.atomic():
            keep(row, self.editor)
            self.save_m2m()
        return row


def _groups(editor: "User", row: Prompt, name: str) -> Any:
    """One's own groups, every one for an administrator, and those that it is shared with already."""
    if editor.is_superuser:
        return Group.objects.order_by("name")
    there = Group.objects.none() if row._state.adding else Group.objects.filter(pk__in=getattr(row, name).values("pk"))
    return (Group.objects.filter(user=editor) | there).distinct().order_by("name")
