"""A person signs in at a tool server, and out again: their tokens are theirs alone."""

import secrets
import uuid
from typing import TYPE_CHECKING, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from providers.models import ToolServer, ToolSignIn
from providers.tools import oauth
from providers.tools.base import ToolError

if TYPE_CHECKING:
    from webui.accounts.models import User

KEPT = "tool_sign_in"  # in the session, until they come back


@login_required
def sign_in(request: HttpRequest, server_id: uuid.UUID) -> HttpResponse:
    """Says whether one is signed in; a POST goes there, or signs out."""
    user = cast("User", request.user)
    server = _server(user, server_id)
    if request.method == "POST" and "out" in request.POST:
        oauth.forget(server, user)
    elif request.method == "POST":
        try:
            where, kept = oauth.begin(server, _back(request))
        except ToolError as problem:
            return _page(request, server, str(problem))
        request.session[KEPT] = kept
        return redirect(where)
    return _page(request, server)


@login_required
@require_safe
def signed_in(request: HttpRequest) -> HttpResponse:
    """Where the browser comes back to, with a code that is good for whoever began and nobody else."""
    user, kept = cast("User", request.user), request.session.pop(KEPT, None)
    if not isinstance(kept, dict) or not secrets.compare_digest(kept["state"], request.GET.get("state", "")):
        raise Http404
    server = _server(user, uuid.UUID(kept["server"]))
    code = request.GET.get("code", "")
    if not code or "error" in request.GET:
        return _page(request, server, _("You were not signed in there. Nothing was changed."))
    try:
        oauth.finish(server, user, code, kept["verifier"], _back(request))
    except ToolError as problem:
        return _page(request, server, str(problem))
    return redirect("tool_sign_in", server.pk)


def _server(user: "User", server_id: uuid.UUID) -> ToolServer:
    """One that this person may use; administrators sign in at each that they have to look at."""
    servers = ToolServer.objects.all() if user.is_superuser else ToolServer.objects.usable_by(user)
    found = servers.filter(pk=server_id, auth=ToolServer.Auth.OAUTH).first()
    if found is None:
        raise Http404
    return found


def _back(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("tool_signed_in"))


def _page(request: HttpRequest, server: ToolServer, problem: str = "") -> HttpResponse:
    there = ToolSignIn.objects.filter(server=server, user=cast("User", request.user)).exists()
    return render(request, "chat/tool_sign_in.html", {"server": server, "there": there, "problem": problem})
