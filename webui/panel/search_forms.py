"""The forms of web search: what holds for all engines, and one engine."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from knowledge.models import SearchEngine, WebSearchSettings
from knowledge.web import addresses
from knowledge.web.domains import listed
from knowledge.web.engines import ENGINES, EngineEntry, Option

MOST_RESULTS = 10
LEAST_SECONDS, MOST_SECONDS = 2, 30
_FILLED_IN = {"query": "query", "limit": "5", "key": "key", "language": "en"}


class SettingsForm(forms.ModelForm):
    """The switch, who may search, and what may be read."""

    results = forms.IntegerField(label=gettext_lazy("Pages read per search"), min_value=1, max_value=MOST_RESULTS)
    seconds = forms.IntegerField(
        label=gettext_lazy("Seconds for a search"), min_value=LEAST_SECONDS, max_value=MOST_SECONDS
    )
    allowed_domains = forms.CharField(
        label=gettext_lazy("Only these sites"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "placeholder": "example.org"}),
    )
    denied_domains = forms.CharField(
        label=gettext_lazy("Never these sites"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )

    class Meta:
        model = WebSearchSettings
        fields = [
            "enabled",
            "results",
            "seconds",
            "rule",
            "groups",
            "allowed_domains",
            "denied_domains",
            "heeds_robots",
        ]
        widgets = {"rule": forms.RadioSelect, "groups": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["groups"].queryset = Group.objects.order_by("name")  # type: ignore[attr-defined]

    def clean_allowed_domains(self) -> str:
        return _domains(self.cleaned_data["allowed_domains"])

    def clean_denied_domains(self) -> str:
        return _domains(self.cleaned_data["denied_domains"])


class EngineForm(forms.ModelForm):
    """One engine. The key is only ever written: what is stored is shown by its last four characters."""

    key = forms.CharField(
        label=gettext_lazy("API key"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    remove_key = forms.BooleanField(label=gettext_lazy("Remove the stored key"), required=False)
    base_url = forms.CharField(
        label=gettext_lazy("Address"),
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"spellcheck": "false", "inputmode": "url"}),
    )

    class Meta:
        model = SearchEngine
        fields = ["name", "enabled", "base_url"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for option in self.entry.options:
            self.fields[f"option_{option.name}"] = _field(option, self.instance.options.get(option.name))
        self.fields["base_url"].required = not self.entry.address
        if self.entry.key == "none":
            del self.fields["key"], self.fields["remove_key"]

    @property
    def entry(self) -> EngineEntry:
        return ENGINES[self.instance.kind]

    @property
    def option_fields(self) -> list[forms.BoundField]:
        return [self[f"option_{option.name}"] for option in self.entry.options]

    def clean_base_url(self) -> str:
        from knowledge.web.vendors.generic import filled  # an HTTP client comes with it

        address = str(self.cleaned_data["base_url"]).strip().rstrip("/")
        try:
            judged = address and addresses.parse(filled(address, _FILLED_IN)).url.rstrip("/")
        except addresses.NotAllowed:
            raise forms.ValidationError(
                _("Enter an address like https://search.example.org, without a user name.")
            ) from None
        return address if "{" in address else judged

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        moved = "base_url" in self.changed_data and "base_url" in given
        # A key that was entered for one server must not be sent to another because an address was edited.
        if moved and self.instance.encrypted_key and not given.get("key") and not given.get("remove_key"):
            self.add_error("key", _("The address has changed: enter the key again. It is only sent where it belongs."))
        return given

    def save(self, commit: bool = True) -> SearchEngine:
        row: SearchEngine = super().save(commit=False)
        if self.cleaned_data.get("key"):
            row.api_key = self.cleaned_data["key"]
        elif self.cleaned_data.get("remove_key"):
            row.api_key = ""
        given = {option.name: self.cleaned_data[f"option_{option.name}"].strip() for option in self.entry.options}
        row.options = {name: value for name, value in given.items() if value}
        if commit:
            row.save()
        return row


def _field(option: Option, value: str | None) -> forms.CharField | forms.ChoiceField:
    common: dict[str, Any] = {"label": option.label, "help_text": option.help, "required": option.required}
    common["initial"] = option.default if value is None else value
    if option.choices:
        return forms.ChoiceField(**common, choices=[(choice, choice) for choice in option.choices])
    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}) if option.long else forms.TextInput()
    return forms.CharField(**common, max_length=4000 if option.long else 300, widget=widget)


def _domains(text: str) -> str:
    good, bad = listed(text)
    if bad:
        raise forms.ValidationError(
            _("These are no names of sites: %(names)s. Enter one a line, like example.org.")
            % {"names": ", ".join(bad[:5])}
        )
    return "\n".join(good)
