"""What only somebody who signed in a moment ago may do: keys, roles, the rules of signing in.

A sign-in counts as one for ACCOUNT_REAUTHENTICATION_TIMEOUT; after that the password, a code or a passkey is asked for
again. What was sent is not kept meanwhile, as a form may hold a secret: one comes back to the page and sends it again.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

View = TypeVar("View", bound=Callable[..., Any])
RECORDS = "account_authentication_methods"


def fresh_sign_in_required(view: View) -> View:
    """For what changes something; looking is free. After the decorator that says who may come at all."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refusal = ask_again(request) if request.method not in ("GET", "HEAD") else None
        return refusal or view(request, *args, **kwargs)

    return cast(View, guarded)


def ask_again(request: HttpRequest) -> HttpResponse | None:
    """Where to say again who one is; None for whoever just did."""
    if did_recently_reauthenticate(request):
        return None
    messages.info(request, _("Please confirm that it is you, then do it again."))
    methods = get_adapter(request).get_reauthentication_methods(request.user)
    where = methods[0]["url"] if methods else reverse("account_login")
    return redirect(f"{where}?{urlencode({'next': _page_of(request)})}")


def count_sign_in(request: HttpRequest) -> None:
    """Signing in is saying who one is: allauth would ask again at once."""
    if records := request.session.get(RECORDS):
        records[-1]["reauthenticated"] = True
        request.session[RECORDS] = records


def _page_of(request: HttpRequest) -> str:
    """The page whose form was sent."""
    came = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came, allowed_hosts={request.get_host()}):
        return "/"
    parts = urlsplit(came)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
