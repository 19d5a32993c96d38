"""The forms for model servers: adding one by whatever was pasted, and changing one."""

from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers import pools
from providers.addresses import Address, BadAddress, candidates
from providers.advice import address_advice, advice
from providers.discovery import Listing, look
from providers.doctor.remedies import remedy_for
from providers.failures import AnswerFailed
from providers.models import Connection
from webui.panel.connection_fields import HeadersField, KeyField, PartnerField

# What another server or a web page at this address would be no better for knowing.
_HOPELESS = {"ourselves"}


class AddForm(forms.Form):
    """An address as it was pasted and perhaps a key; cleaning asks the server what it is."""

    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2000,
        widget=forms.TextInput(
            attrs={"spellcheck": "false", "autocomplete": "off", "placeholder": "http://gpu-box:8000"}
        ),
    )
    key = KeyField()
    put_before = forms.CharField(label=gettext_lazy("Prefix"), max_length=40, required=False)
    headers = HeadersField()
    anyway = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.outcome: Listing | str = ""
        self.offer_anyway = False

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        _refuse_two_keys(self, given)
        if not self.errors:
            self._look(given["address"], given["key"], given["headers"], anyway=given["anyway"])
        return given

    def save(self) -> Connection:
        address = self._address
        product = self.outcome.product if isinstance(self.outcome, Listing) else ""
        host = address.base_url.partition("//")[2].removesuffix("/v1")
        name = f"{product} ({host})" if product else host
        connection = Connection(name=name[:100], kind=address.kind, base_url=address.base_url, product=product)
        connection.api_key = self.cleaned_data["key"]
        connection.headers = self.cleaned_data["headers"]
        connection.prefix = self.cleaned_data["put_before"]
        connection.save()
        return connection

    def _look(self, text: str, key: str, headers: dict[str, str], *, anyway: bool) -> None:
        try:
            tried = candidates(text)
            self._address = tried[0] if ":11434" in tried[0].base_url else tried[1]
            self.outcome = async_to_sync(look)(text, key, headers)
            self._address = self.outcome.address
        except BadAddress as problem:
            self.add_error("address", address_advice(str(problem)))
            return
        except AnswerFailed as problem:
            self.outcome = problem.failure.code
            self.offer_anyway = self.outcome not in _HOPELESS
            if not (anyway and self.offer_anyway):
                self.add_error("key" if self.outcome == "unauthorized" else "address", self._advice(self._address, key))
        if Connection.objects.filter(base_url=self._address.base_url).exists():
            self.add_error("address", _("%(url)s is connected already.") % {"url": self._address.base_url})
            self.offer_anyway = False

    def _advice(self, address: Address, key: str) -> str:
        code = str(self.outcome)
        url = address.base_url
        if code in ("unreachable", "timeout", "no_name"):
            url = url.removesuffix("/v1")
        text = advice(code, url, with_key=bool(key))
        remedy = async_to_sync(remedy_for)(url, code)
        return f"{text} {remedy.sentence}" if remedy else text


class ConnectionForm(forms.ModelForm):
    """A connection that exists. A blank key leaves the stored one as it is, and so do blank headers."""

    key = KeyField()
    remove_key = forms.BooleanField(label=gettext_lazy("Remove the stored key"), required=False)
    new_headers = HeadersField()
    remove_headers = forms.BooleanField(label=gettext_lazy("Remove the stored headers"), required=False)

    class Meta:
        model = Connection
        fields = ["name", "base_url", "enabled", "prefix", "first_timeout", "idle_timeout"]
        widgets = {"base_url": forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["partner"] = PartnerField(self.instance)
        for name, usual in (("first_timeout", 300), ("idle_timeout", 60)):
            self.fields[name].widget.attrs |= {"min": 5, "max": 7200, "placeholder": usual}

    def clean_base_url(self) -> str:
        text = str(self.cleaned_data["base_url"]).strip()
        if text == self.instance.base_url:
            return text
        try:
            options = candidates(text)
        except BadAddress as problem:
            raise forms.ValidationError(address_advice(str(problem))) from None
        same_kind = [option for option in options if option.kind == self.instance.kind]
        return (same_kind or options)[0].base_url

    def clean_first_timeout(self) -> int | None:
        return _seconds(self.cleaned_data["first_timeout"])

    def clean_idle_timeout(self) -> int | None:
        return _seconds(self.cleaned_data["idle_timeout"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        again = _("The address has changed: enter this again. It is only sent where it belongs.")
        # A secret that was entered for one server must not be sent to another because an address was edited.
        if self.moved and self.instance.encrypted_key and not given.get("key") and not given.get("remove_key"):
            self.add_error("key", _("The address has changed: enter the key again. It is only sent where it belongs."))
        kept = self.instance.encrypted_headers and not given.get("new_headers") and not given.get("remove_headers")
        if self.moved and kept:
            self.add_error("new_headers", again)
        _refuse_two_keys(self, given, "new_headers")
        return given

    @property
    def moved(self) -> bool:
        return self.cleaned_data.get("base_url", self._stored_url()) != self._stored_url()

    def save(self, commit: bool = True) -> Connection:
        connection = super().save(commit=False)
        given = self.cleaned_data
        if given["key"] or given["remove_key"]:
            connection.api_key = given["key"]
        if given["new_headers"] or given["remove_headers"]:
            connection.headers = given["new_headers"]
        if self.moved:
            # Another server: what was found out and learnt of the one before is worth nothing.
            connection.product, connection.card, connection.card_at, connection.learnt = "", {}, None, {}
        elif given["key"] or given["remove_key"]:
            connection.card.pop("problem", None)
        if commit:
            connection.save()
            before, partner = self.fields["partner"].initial, given["partner"]
            if before != partner:
                pools.join(connection, partner)
            elif connection.pool:
                pools.arrange(connection)
        return connection

    def _stored_url(self) -> str:
        return str(self.initial["base_url"])


def _refuse_two_keys(form: forms.BaseForm, given: dict[str, Any], field: str = "headers") -> None:
    if given.get("key") and "authorization" in {name.lower() for name in given.get(field) or ()}:
        form.add_error(field, _("Either a key or an Authorization header: both would be sent under one name."))


def _seconds(value: int | None) -> int | None:
    if value is not None and not 5 <= value <= 7200:
        raise forms.ValidationError(_("Between 5 seconds and two hours."))
    return value
