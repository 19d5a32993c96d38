"""What this project decides for allauth: who may sign up, who must wait, and how tries at a password are counted.

Failed tries are counted in three ways (the amounts are ACCOUNT_RATE_LIMITS): from one address; from one address for
one account; and for one account from everywhere. A browser that has signed in to the account before has a count of
its own instead of the last two, so a stranger who uses up the tries of an account does not shut its owner out.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from webui.accounts import second_factor
from webui.accounts.devices import device_of, remember_device
from webui.accounts.fresh import count_sign_in
from webui.accounts.hooks.sending import announce
from webui.accounts.language import remember_language
from webui.accounts.models import User
from webui.audit.entries import address_of
from webui.audit.signing import refused
from webui.conf import conf


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "email_taken": _("There is already an account with this e-mail address. Sign in with it instead."),
        "enter_current_password": _("This is not your current password."),
        "too_many_login_attempts": _("Too many failed tries. Wait five minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up before the first administrator: an account that exists would end the one-time link."""
        return conf.signup != "closed" and User.objects.exists()

    def save_user(
        self, request: HttpRequest, user: AbstractBaseUser, form: BaseForm, commit: bool = True
    ) -> AbstractBaseUser:
        if isinstance(user, User):
            user.name = form.cleaned_data.get("name", "")
            user.language = get_language() or ""
            user.is_active = conf.signup == "open"
            user.approved_at = timezone.now() if user.is_active else None
        saved = super().save_user(request, user, form, commit)
        if isinstance(saved, User) and commit:
            announce(saved)
        return saved

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Reached only after a right password, so it tells nothing to somebody who guesses."""
        waiting = isinstance(user, User) and user.is_pending
        return redirect("account_waiting" if waiting else "account_inactive")

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        count_sign_in(request)
        if isinstance(user, User):
            second_factor.mark(request, user)
            remember_language(response, user)
            remember_device(request, response, user)
        return response

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return resolve_url("account")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        self._account_usage = None
        email = credentials.get("email", "")
        if not device_of(request, email):
            self._account_usage = ratelimit.consume(
                request, app="allauth.account", action="login_failed_anywhere", key=email.lower()
            )
            if not self._account_usage:
                refused(request, email)
                raise self.validation_error("too_many_login_attempts")
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            refused(request, email)
            raise

    def get_client_ip(self, request: HttpRequest) -> str:
        """As webui/proxies.py has settled it."""
        return address_of(request)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        key = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}:{device_of(request, credentials.get('email', '')) or self.get_client_ip(request)}"

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        if self._account_usage:
            self._account_usage.rollback()
