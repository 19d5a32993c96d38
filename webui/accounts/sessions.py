"""Where somebody is signed in, and signing out there: each browser, or all but this one."""

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from webui.accounts.models import User
from webui.audit.entries import record

_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A browser that is signed in."""

    pk: int
    name: str
    address: str
    since: datetime
    here: bool


def places_of(person: User, session_key: str | None) -> list[Place]:
    """The living ones; this browser first."""
    found = [
        Place(
            pk=one.pk,
            name=browser_name(one.user_agent),
            address=one.ip,
            since=one.created_at,
            here=one.session_key == session_key,
        )
        for one in UserSession.objects.purge_and_list(person)
    ]
    return sorted(found, key=lambda place: (not place.here, -place.since.timestamp()))


def browser_name(agent: str) -> str:
    """As one calls it; what it says of itself is believed, and shown as text."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return " · ".join(part for part in (browser, system) if part) or _("Unknown browser")


@login_required
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    person = _person(request)
    places = places_of(person, request.session.session_key)
    return render(request, "accounts/sessions.html", {"places": places, "others": sum(not one.here for one in places)})


@login_required
@require_POST
def end_one(request: HttpRequest, session_number: int) -> HttpResponse:
    row = get_object_or_404(UserSession.objects.filter(user=_person(request)), pk=session_number)
    name = browser_name(row.user_agent)
    row.end()
    record("sessions ended", _person(request), after={"session": f"{name}, {row.ip}"})
    messages.success(request, _("“%(name)s” is signed out.") % {"name": name})
    return redirect("account_sessions")


@login_required
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """All but this browser's."""
    person = _person(request)
    ended = person.end_sessions(but=request.session.session_key)
    record("sessions ended", person)
    text = ngettext("%(number)d other browser is signed out.", "%(number)d other browsers are signed out.", ended)
    messages.success(request, text % {"number": ended})
    return redirect("account_sessions")


def _person(request: HttpRequest) -> User:
    """`login_required` has let nobody else through."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
