"""Signing in and up, and the pages for those who cannot: allauth's views, told what this server allows."""

from typing import Any, cast

from allauth.account import views as allauth_views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from webui.accounts.models import User
from webui.accounts.oidc.models import SignInProvider
from webui.accounts.rules import SignInRules
from webui.conf import conf


class LoginView(allauth_views.LoginView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {
            "no_account_yet": not User.objects.exists(),
            "signup": conf.signup,
            "providers": SignInProvider.objects.filter(enabled=True),
            "passwords": SignInRules.now().passwords,
        }


class SignupView(allauth_views.SignupView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"signup": conf.signup}

    def closed(self) -> HttpResponse:
        """Says so; a form that was sent all the same is refused."""
        status = 200 if self.request.method in ("GET", "HEAD") else 403
        context = {"no_account_yet": not User.objects.exists()}
        return render(self.request, self.template_name_signup_closed, context, status=status)


class LogoutView(allauth_views.LogoutView):
    """Drafts, unsent questions and marks of this person leave the browser too, where it keeps that promise (https)."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = cast(HttpResponse, super().post(*args, **kwargs))
        answer["Clear-Site-Data"] = '"storage"'
        return answer


def waiting(request: HttpRequest) -> HttpResponse:
    return render(request, "account/waiting.html")


def inactive(request: HttpRequest) -> HttpResponse:
    return render(request, "account/account_inactive.html")


def password_reset(request: HttpRequest) -> HttpResponse:
    """A link by mail, with one answer for every address. Where no mail is sent, an administrator makes the link."""
    if conf.smtp_url:
        return cast(HttpResponse, allauth_views.password_reset(request))
    return render(request, "account/password_reset.html")


def mail_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "account/verification_sent.html")
