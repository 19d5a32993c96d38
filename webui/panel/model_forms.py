"""The form of one model: who may use it, what it is, how it stands in the picker, how its server keeps it."""

import re
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers.models import Model
from webui.accounts.models import User

ABILITIES = (
    ("vision", gettext_lazy("sees pictures")),
    ("tools", gettext_lazy("uses tools")),
    ("thinking", gettext_lazy("thinks before it answers")),
)
_KNOWN = {name for name, _label in ABILITIES}


class ModelForm(forms.ModelForm):
    """People are added by e-mail, since a list of all would be endless. An empty field leaves it to the server."""

    add_people = forms.CharField(label=gettext_lazy("Add people by e-mail"), required=False, max_length=5000)
    by_hand = forms.BooleanField(required=False)
    abilities = forms.MultipleChoiceField(choices=ABILITIES, required=False, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = Model
        fields = [
            *("kind", "window", "window_cap", "keep_alive", "for_everyone", "users", "groups"),
            *("description", "hidden", "position", "price_in", "price_out"),
        ]
        widgets = {
            "users": forms.CheckboxSelectMultiple,
            "groups": forms.CheckboxSelectMultiple,
            "description": forms.TextInput(attrs={"maxlength": 300}),
            "keep_alive": forms.TextInput(attrs={"placeholder": "5m", "spellcheck": "false"}),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("window", "window_cap"):
            self.fields[name].min_value = 256  # type: ignore[attr-defined]
        people = User.objects.filter(allowed_models=self.instance).order_by("email")
        self.fields["users"].queryset = people  # type: ignore[attr-defined]
        self.fields["groups"].queryset = Group.objects.order_by("name")  # type: ignore[attr-defined]
        self.fields["by_hand"].initial = self.instance.capabilities_by_hand is not None
        self.fields["abilities"].initial = sorted(self.instance.abilities & _KNOWN)
        self.fields["position"].required = False

    def clean_window(self) -> int | None:
        return self._size("window")

    def clean_window_cap(self) -> int | None:
        return self._size("window_cap")

    def clean_position(self) -> int:
        position = self.cleaned_data["position"] or 0
        if abs(position) > 1_000_000:
            raise forms.ValidationError(_("Choose a number between -1,000,000 and 1,000,000."))
        return int(position)

    def clean_price_in(self) -> Any:
        return self._price("price_in")

    def clean_price_out(self) -> Any:
        return self._price("price_out")

    def clean_keep_alive(self) -> str:
        text = str(self.cleaned_data["keep_alive"]).strip()
        if not re.fullmatch(r"(-?\d+(\.\d+)?(ms|s|m|h)?)?", text):
            raise forms.ValidationError(_("Write it like 30s, 5m or 2h; 0 is at once, -1 is for ever."))
        return text

    def clean_add_people(self) -> list[User]:
        given = [word.lower() for word in re.split(r"[\s,;]+", self.cleaned_data["add_people"]) if word]
        found = {user.email.lower(): user for user in User.objects.filter(email__in=given)}
        if unknown := [email for email in given if email not in found]:
            raise forms.ValidationError(_("Nobody has the address %(email)s.") % {"email": ", ".join(unknown)})
        return list(found.values())

    def save(self, commit: bool = True) -> Model:
        model: Model = super().save(commit=False)
        model.kind_by_hand = model.kind_by_hand or "kind" in self.changed_data
        if "window" in self.changed_data:
            # An emptied field gives the question back to the server.
            model.window_by_hand = model.window is not None
        others = [one for one in model.capabilities if one not in _KNOWN]
        by_hand = self.cleaned_data["by_hand"]
        model.capabilities_by_hand = [*others, *self.cleaned_data["abilities"]] if by_hand else None
        model.save()
        self.save_m2m()
        model.users.add(*self.cleaned_data["add_people"])
        return model

    def _size(self, name: str) -> int | None:
        size: int | None = self.cleaned_data[name]
        if size is not None and not 256 <= size <= 100_000_000:
            raise forms.ValidationError(_("A window has at least 256 tokens."))
        return size

    def _price(self, name: str) -> Any:
        price = self.cleaned_data[name]
        if price is not None and price < 0:
            raise forms.ValidationError(_("A price is not below zero."))
        return price
