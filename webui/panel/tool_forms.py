"""The forms of tool servers: where one is, who may use it, and what each of its tools may do."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers.models import Tool, ToolServer
from providers.tools import oauth
from providers.tools.base import ToolError
from providers.tools.guarded import checked_address


class ServerForm(forms.ModelForm):
    """A token is stored encrypted and never shown again; an empty field keeps it."""

    token = forms.CharField(
        label=gettext_lazy("Token"),
        required=False,
        max_length=4000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    oauth_client = forms.CharField(label=gettext_lazy("Client id"), required=False, max_length=400)
    oauth_secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        required=False,
        max_length=4000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    groups = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Groups that may use it"),
        queryset=Group.objects.order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = ToolServer
        fields = ["name", "kind", "url", "auth", "header", "enabled", "for_everyone", "groups"]
        labels = {"enabled": gettext_lazy("On"), "for_everyone": gettext_lazy("Everyone may use it")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [choice for choice in ToolServer.Kind.choices if choice[0] != ToolServer.Kind.BUILT_IN]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.fields["url"].required = True
        if not self.instance._state.adding:
            del self.fields["kind"]  # another kind is another server
        self.fields["oauth_client"].initial = oauth.by_hand(self.instance).get("client_id", "")

    def clean_url(self) -> str:
        try:
            return checked_address(self.cleaned_data["url"])
        except ToolError as problem:
            raise forms.ValidationError(str(problem)) from None

    def clean_header(self) -> str:
        name = str(self.cleaned_data["header"]).strip()
        if name and not all(char.isalnum() or char == "-" for char in name):
            raise forms.ValidationError(_("A header's name has letters, digits and hyphens."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        missing = not cleaned.get("token") and not self.instance.encrypted_token
        if cleaned.get("auth") == ToolServer.Auth.TOKEN and missing:
            self.add_error("token", _("Enter the token."))
        moved = not self.instance._state.adding and "url" in self.changed_data
        if moved and self.instance.encrypted_token and not cleaned.get("token"):
            self.add_error("token", _("Another address gets the token only when it is entered again."))
        if cleaned.get("oauth_secret") and not cleaned.get("oauth_client"):
            self.add_error("oauth_client", _("A secret belongs to a client id."))
        return cleaned

    def save(self, commit: bool = True) -> ToolServer:
        if token := self.cleaned_data["token"]:
            self.instance.token = token
        if self.cleaned_data["auth"] != ToolServer.Auth.TOKEN:
            self.instance.encrypted_token = ""
        moved = not self.instance._state.adding and "url" in self.changed_data
        if moved or self.cleaned_data["auth"] != ToolServer.Auth.OAUTH:
            self.instance.client = ""
        if self.cleaned_data["auth"] == ToolServer.Auth.OAUTH:
            oauth.enter(
                self.instance, self.cleaned_data["oauth_client"].strip(), self.cleaned_data["oauth_secret"].strip()
            )
        saved: ToolServer = super().save(commit)
        if moved:
            saved.sign_ins.all().delete()  # tokens of people are for the address where they signed in
        return saved


class BuiltInForm(forms.ModelForm):
    """Our own tools have no address: only who may use them."""

    groups = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Groups that may use it"),
        queryset=Group.objects.order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = ToolServer
        fields = ["enabled", "for_everyone", "groups"]
        labels = {"enabled": gettext_lazy("On"), "for_everyone": gettext_lazy("Everyone may use it")}


class TryForm(forms.Form):
    """One call, by an administrator's own hand."""

    tool = forms.ModelChoiceField(label=gettext_lazy("Tool"), queryset=Tool.objects.none())
    given = forms.CharField(
        label=gettext_lazy("Arguments, as JSON"),
        initial="{}",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono", "dir": "ltr"}),
    )

    def __init__(self, server: ToolServer, data: Any = None) -> None:
        super().__init__(data)
        self.fields["tool"].queryset = server.tools.filter(present=True)  # type: ignore[attr-defined]


def policies_from(server: ToolServer, data: Any) -> int:
    """Store what was chosen for each tool; gives how many are another way now. What nobody chose stays."""
    changed = 0
    for tool in server.tools.filter(present=True):
        policy, nature = data.get(f"policy-{tool.pk}"), data.get(f"nature-{tool.pk}")
        before = (tool.policy, tool.nature)
        tool.policy = policy if policy in Tool.Policy.values else tool.policy
        tool.nature = nature if nature in Tool.Nature.values else tool.nature
        if (tool.policy, tool.nature) != before:
            tool.save(update_fields=["policy", "nature"])
            changed += 1
    return changed
