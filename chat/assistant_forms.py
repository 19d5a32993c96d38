"""The form of an assistant: what it is, what it knows, who it is shared with."""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat import assistant_params
from chat.assistant_picture import PictureRefused, mark_of, redrawn
from chat.models import Assistant, Picture
from knowledge.models import Library
from providers.access import models_for

if TYPE_CHECKING:
    from webui.accounts.models import User

LONGEST_INSTRUCTIONS = 20_000  # characters
MOST_SUGGESTIONS = 6
LONGEST_SUGGESTION = 200
_WEB = [("", gettext_lazy("as the person chooses")), ("on", gettext_lazy("always")), ("off", gettext_lazy("never"))]


class AssistantForm(forms.ModelForm):
    """Models, libraries and groups are offered with the owner's rights, whoever edits."""

    base_model = forms.ChoiceField(label=gettext_lazy("Model"))
    web = forms.ChoiceField(label=gettext_lazy("Web search"), choices=_WEB, required=False)
    questions = forms.CharField(label=gettext_lazy("Suggested questions"), required=False, max_length=2000)
    file = forms.FileField(label=gettext_lazy("Picture"), required=False)
    remove_picture = forms.BooleanField(required=False)
    add_people = forms.CharField(label=gettext_lazy("Add people by e-mail"), required=False, max_length=5000)

    class Meta:
        model = Assistant
        fields = ["name", "description", "system", "libraries", "for_everyone", "users", "groups"]
        widgets = {
            "libraries": forms.CheckboxSelectMultiple,
            "users": forms.CheckboxSelectMultiple,
            "groups": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, editor: "User", **options: Any) -> None:
        super().__init__(*args, **options)
        row: Assistant = self.instance
        owner = editor if row._state.adding else row.owner
        self.fields["base_model"].choices = _models(owner, row.base_model)  # type: ignore[attr-defined]
        self.fields["system"].max_length = LONGEST_INSTRUCTIONS  # type: ignore[attr-defined]
        readable = Library.objects.visible_to(owner)
        if owner != editor:
            # An administrator sees what the assistant opens, and nothing else of its owner's.
            readable = readable.filter(pk__in=row.libraries.values("pk"))
        self._limit("libraries", readable)
        people = get_user_model().objects.order_by("email")
        self._limit("users", people.none() if row._state.adding else people.filter(shared_assistants=row))
        self._limit("groups", groups_of(editor, row))
        self.fields["base_model"].initial = row.base_model
        self.fields["web"].initial = "" if row.web_search is None else ("on" if row.web_search else "off")
        self.fields["questions"].initial = "\n".join(row.suggestions)
        self.fields.update(assistant_params.fields(row.params))

    def _limit(self, name: str, rows: Any) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]

    @property
    def parameters(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(assistant_params.PREFIX)]

    def clean_system(self) -> str:
        text = str(self.cleaned_data["system"]).strip()
        if len(text) > LONGEST_INSTRUCTIONS:
            raise forms.ValidationError(_("The instructions are longer than 20,000 characters. Shorten them."))
        return text

    def clean_questions(self) -> list[str]:
        lines = [line.strip()[:LONGEST_SUGGESTION] for line in str(self.cleaned_data["questions"]).splitlines()]
        return [line for line in lines if line][:MOST_SUGGESTIONS]

    def clean_file(self) -> bytes | None:
        upload = self.cleaned_data["file"]
        if not upload:
            return None
        try:
            return redrawn(upload.read())
        except PictureRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None

    def clean_add_people(self) -> list[Any]:
        given = {word.lower() for word in re.split(r"[\s,;]+", self.cleaned_data["add_people"]) if word}
        found = {user.email.lower(): user for user in get_user_model().objects.filter(email__in=given, is_active=True)}
        if unknown := sorted(given - found.keys()):
            raise forms.ValidationError(_("Nobody has the address %(email)s.") % {"email": ", ".join(unknown)})
        return list(found.values())

    def save(self, commit: bool = True) -> Assistant:
        row: Assistant = super().save(commit=False)
        given = self.cleaned_data
        row.base_model, row.suggestions = given["base_model"], given["questions"]
        row.web_search = {"on": True, "off": False}.get(given["web"])
        row.params = assistant_params.stored(given)
        with transaction.atomic():
            row.picture_mark = mark_of(given["file"]) if given["file"] else row.picture_mark
            if given["remove_picture"] and not given["file"]:
                row.picture_mark = ""
            row.save()
            self.save_m2m()
            row.users.add(*given["add_people"])
            if given["file"]:
                Picture.objects.update_or_create(assistant=row, defaults={"data": given["file"]})
            elif not row.picture_mark:
                Picture.objects.filter(assistant=row).delete()
        return row


def groups_of(editor: "User", row: Assistant) -> Any:
    """Groups to share with: one's own, every one for an administrator, and those it is shared with already."""
    if editor.is_superuser:
        return Group.objects.order_by("name")
    mine = Group.objects.filter(user=editor)
    there = Group.objects.filter(shared_assistants=row) if not row._state.adding else Group.objects.none()
    return (mine | there).distinct().order_by("name")


def _models(owner: "User", current: str) -> list[tuple[str, str]]:
    names = list(models_for(owner).order_by("position", "name").values_list("public_id", flat=True))
    choices = [(name, name) for name in names]
    if current and current not in names:
        choices.insert(0, (current, _("%(model)s (not allowed any more)") % {"model": current}))
    return choices
