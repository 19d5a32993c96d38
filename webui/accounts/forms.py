"""The forms of signing in and of a person's own page; allauth's, in this project's words and without placeholders."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from webui.accounts.models import User
from webui.accounts.rules import SignInRules
from webui.conf import conf

PASSWORD_RULE = _("At least 8 characters, and not one of the passwords everybody uses. A few words in a row are good.")
PASSWORDS_DIFFER = _("The two passwords are not the same.")


def _word(form: forms.BaseForm, **labels: Any) -> None:
    """Labels in our words; nothing is written inside the fields, where it vanishes when one types."""
    for name, label in labels.items():
        form.fields[name].label = label
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
    if "password1" in form.fields:
        form.fields["password1"].help_text = PASSWORD_RULE


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self, login=_("E-mail"), password=_("Password"), remember=_("Stay signed in on this device"))
        self.fields["password"].help_text = ""
        self.fields["remember"].initial = True

    def clean(self) -> dict[str, Any]:
        """Told after a right password alone, so nobody who guesses learns who administers."""
        cleaned: dict[str, Any] = super().clean()
        if isinstance(self.user, User) and not self.user.is_superuser and not SignInRules.now().passwords:
            raise ValidationError(_("Passwords are not used here any more. Sign in with one of the other ways."))
        return cleaned


class SignupForm(allauth_forms.SignupForm):
    name = forms.CharField(
        max_length=100, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"}), label=_("Name")
    )
    field_order = ("name", "email", "password1", "password2")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self, email=_("E-mail"), password1=_("Password"), password2=_("Password again"))
        self.fields["name"].help_text = _("How others see you. You can leave it empty.")

    def validate_unique_email(self, value: str) -> str:
        """Where people wait for approval, nobody learns here who has an account: the answer is to wait, as for all."""
        if conf.signup != "pending":
            return str(super().validate_unique_email(value))
        self.account_already_exists = User.objects.filter(email__iexact=value).exists()
        return value

    def try_save(self, request: HttpRequest) -> tuple[AbstractBaseUser | None, HttpResponse | None]:
        if not self.account_already_exists:
            try:
                with transaction.atomic():
                    return self.save(request), None
            except IntegrityError:
                pass  # Somebody signed up with this address a moment ago; the answer is the same as a minute later.
        else:
            User().set_password(self.cleaned_data["password1"])  # as long as it takes for a new address
        return None, redirect("account_waiting" if conf.signup == "pending" else "account_login")


class ChangePasswordForm(allauth_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self, oldpassword=_("Current password"), password1=_("New password"), password2=_("New password again"))
        self.fields["oldpassword"].help_text = ""


class ForgottenForm(allauth_forms.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self, email=_("E-mail"))


class ResetPasswordForm(allauth_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self, password1=_("New password"), password2=_("New password again"))


class SetupForm(forms.Form):
    """The first administrator."""

    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=PASSWORD_RULE,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("Password again"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        password, again = cleaned.get("password1"), cleaned.get("password2")
        if password and again and password != again:
            self.add_error("password2", ValidationError(PASSWORDS_DIFFER))
        if password:
            try:
                validate_password(password, User(email=cleaned.get("email", "")))
            except ValidationError as error:
                self.add_error("password1", error)
        return cleaned


class ProfileForm(forms.ModelForm):
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("", _("As the browser asks for")), *settings.LANGUAGES],
        required=False,
    )

    class Meta:
        model = User
        fields = ("name", "language", "auto_tags")
        labels = {"name": _("Name"), "auto_tags": _("The model that answers first may put tags on new chats")}
        help_texts = {"auto_tags": ""}

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if not conf.auto_tags:
            del self.fields["auto_tags"]
