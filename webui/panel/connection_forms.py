"""The forms for model servers. A key is only ever written; a stored one shows its last four characters at most."""

import re
from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers.addresses import Address, BadAddress, candidates, is_private
from providers.advice import address_advice, advice
from providers.discovery import Listing, look
from providers.failures import AnswerFailed
from providers.models import Connection
from providers.neighbours import neighbour_of

# What another server or a web page at this address would be no better for knowing.
_HOPELESS = {"ourselves"}


class KeyField(forms.CharField):
    """A key as servers take it: one word of printable ASCII."""

    def __init__(self, **options: Any) -> None:
        attributes = {"autocomplete": "off", "spellcheck": "false", "placeholder": gettext_lazy("none")}
        options |= {"required": False, "max_length": 500, "widget": forms.PasswordInput(attrs=attributes)}
        super().__init__(label=gettext_lazy("Key"), **options)

    def clean(self, value: Any) -> str:
        key = str(super().clean(value)).strip()
        if not re.fullmatch(r"[\x21-\x7e]*", key):
            raise forms.ValidationError(_("A key is one word of letters, digits and signs. Copy it again."))
        return key


class AddForm(forms.Form):
    """An address as it was pasted and perhaps a key; cleaning asks the server what it is."""

    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        widget=forms.TextInput(
            attrs={"spellcheck": "false", "autocomplete": "off", "placeholder": "http://gpu-box:8000"}
        ),
    )
    key = KeyField()
    anyway = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.outcome: Listing | str = ""
        self.offer_anyway = False

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self.errors:
            self._look(given["address"], given["key"], anyway=given["anyway"])
        return given

    def save(self) -> Connection:
        address = self._address
        product = self.outcome.product if isinstance(self.outcome, Listing) else ""
        host = address.base_url.partition("//")[2].removesuffix("/v1")
        name = f"{product} ({host})" if product else host
        connection = Connection(name=name[:100], kind=address.kind, base_url=address.base_url, product=product)
        connection.api_key = self.cleaned_data["key"]
        connection.save()
        return connection

    def _look(self, text: str, key: str, *, anyway: bool) -> None:
        try:
            tried = candidates(text)
            self._address = tried[0] if ":11434" in tried[0].base_url else tried[1]
            self.outcome = async_to_sync(look)(text, key)
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
        if code == "unreachable" and is_private(url) and (other := async_to_sync(neighbour_of)(url)):
            found = _("But %(product)s answers at %(url)s.") % {
                "product": other.product or _("a model server"),
                "url": other.base_url,
            }
            text = f"{text} {found}"
        return text


class ConnectionForm(forms.ModelForm):
    """A connection that exists. A blank key leaves the stored one as it is."""

    key = KeyField()
    remove_key = forms.BooleanField(label=gettext_lazy("Remove the stored key"), required=False)

    class Meta:
        model = Connection
        fields = ["name", "base_url", "enabled"]
        widgets = {"base_url": forms.TextInput(attrs={"spellcheck": "false"})}

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

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        moved = "base_url" in given and given["base_url"] != self._stored_url()
        # A key that was entered for one server must not be sent to another because an address was edited.
        if moved and self.instance.encrypted_key and not given.get("key") and not given.get("remove_key"):
            self.add_error("key", _("The address has changed: enter the key again. It is only sent where it belongs."))
        return given

    def save(self, commit: bool = True) -> Connection:
        connection = super().save(commit=False)
        if self.cleaned_data["key"]:
            connection.api_key = self.cleaned_data["key"]
        elif self.cleaned_data["remove_key"]:
            connection.api_key = ""
        if connection.base_url != self._stored_url():
            connection.product = ""
        if commit:
            connection.save()
        return connection

    def _stored_url(self) -> str:
        return str(self.initial["base_url"])
