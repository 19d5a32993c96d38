"""Fields of the forms for model servers. What is secret is only ever written."""

import re
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers.headers import BadHeader, parsed_headers
from providers.models import Connection

_HEADERS: dict[str, str | Promise] = {
    "form": gettext_lazy("“%(header)s” is no header. Write one a line, as in X-Team: research."),
    "name": gettext_lazy("“%(header)s” cannot be the name of a header: letters, digits and hyphens only."),
    "forbidden": gettext_lazy("%(header)s is set by this server itself. Leave it out."),
    "value": gettext_lazy("The value of %(header)s is empty, or has signs that cannot be sent."),
    "twice": gettext_lazy("%(header)s stands there twice."),
    "many": gettext_lazy("So many headers cannot be sent: twenty at most."),
}


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


class HeadersField(forms.CharField):
    """Lines of `Name: value`; cleaned, a dict."""

    def __init__(self, **options: Any) -> None:
        attributes = {"rows": 2, "spellcheck": "false", "autocomplete": "off", "placeholder": "X-Team: research"}
        options |= {"required": False, "max_length": 20_000, "strip": False}
        super().__init__(label=gettext_lazy("Headers"), widget=forms.Textarea(attrs=attributes), **options)

    def clean(self, value: Any) -> Any:
        try:
            return parsed_headers(str(super().clean(value)))
        except BadHeader as problem:
            raise forms.ValidationError(str(_HEADERS[str(problem)]) % {"header": problem.header}) from None


class PartnerField(forms.ModelChoiceField):
    """The connection to share the load with; those that share already stand there as one."""

    def __init__(self, connection: Connection, **options: Any) -> None:
        others = Connection.objects.exclude(pk=connection.pk).order_by("created_at")
        mine = next((one for one in others if connection.pool and one.pool == connection.pool), None)
        pools: dict[str, list[Connection]] = {}
        for one in others:
            pools.setdefault(one.pool or str(one.pk), []).append(one)
        self._names = {team[0].pk: " + ".join(one.name for one in team) for team in pools.values()}
        super().__init__(
            Connection.objects.filter(pk__in=self._names),
            label=gettext_lazy("Shares the load with"),
            required=False,
            empty_label=gettext_lazy("no other server"),
            initial=mine,
            **options,
        )

    def label_from_instance(self, obj: Any) -> str:
        return self._names.get(obj.pk, str(obj))
