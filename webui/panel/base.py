"""Who may open the administration, all or a part of it: one decorator, used by every view of the panel."""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from webui.panel import parts

View = TypeVar("View", bound=Callable[..., Any])


def administrator_required(view: View) -> View:
    """Anonymous visitors are sent to sign in; to anybody else but an administrator, or who has
    the part of the administration that it is in, the page does not exist.

    For sync and async views, called with the request first.
    """
    if iscoroutinefunction(view):

        @wraps(view)
        async def aguarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return _refusal(request, await request.auser()) or await view(request, *args, **kwargs)

        return cast(View, aguarded)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _refusal(request, request.user) or view(request, *args, **kwargs)

    return cast(View, guarded)


def _refusal(request: HttpRequest, user: AbstractBaseUser | AnonymousUser) -> HttpResponse | None:
    """None for whom the page is there for. `request.user` is read from the database, so a lost right counts at once."""
    if not user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    page = request.resolver_match.url_name if request.resolver_match else None
    if parts.opens(user, page or ""):
        return None
    if page == "panel_home" and user.is_active and (held := parts.of(getattr(user, "parts", ()))):
        return redirect(held[0].first)
    raise Http404
