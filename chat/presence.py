"""Open tabs and whether their people may still be here: sign-out and disabling close a socket within seconds."""

import asyncio
import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.contrib.auth import get_user, get_user_model
from django.db import DatabaseError, connection
from django.http import HttpRequest, parse_cookie
from django.utils import timezone
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

from chat.database import in_database

if TYPE_CHECKING:
    from webui.accounts.models import User

log = logging.getLogger(__name__)
SIGNED_OUT = 4401
RESTARTING = 1012  # RFC 6455's registry: service restart
TOO_SLOW = 4408
TOO_MANY = 4429
MOST_TABS = 50  # of one person, at one process
SECOND_FACTOR_DUE = "second_factor_due"  # webui/accounts/second_factor.py marks a session that opens nothing yet
LOOK = 4.0  # seconds between two looks at all open tabs of this process


class Tab(Protocol):
    user_id: int
    session_key: str

    @property
    def watching(self) -> bool: ...

    async def close(self, code: int | None = None) -> None: ...


_tabs: set[Tab] = set()
_watch: asyncio.Task[None] | None = None


def enter(tab: Tab) -> None:
    global _watch  # noqa: PLW0603  one watch a process
    _tabs.add(tab)
    if _watch is None or _watch.done() or _watch.get_loop() is not asyncio.get_running_loop():
        _watch = asyncio.create_task(_look_at_all(), name="presence")


def is_crowded(user_id: int) -> bool:
    """Whether this person has as many tabs open here as one may have."""
    return sum(tab.user_id == user_id for tab in _tabs) >= MOST_TABS


def leave(tab: Tab) -> None:
    _tabs.discard(tab)


def present() -> tuple[int, int]:
    """How many tabs are open at this process, and of how many people."""
    tabs = list(_tabs)
    return len(tabs), len({tab.user_id for tab in tabs})


async def send_away(*, idle: bool = False) -> None:
    """Close the open tabs, or only those that watch no answer; their pages connect again, to another process."""
    for tab in list(_tabs):
        if not (idle and tab.watching):
            await tab.close(code=RESTARTING)


def people(tabs: set[tuple[int, str]]) -> "dict[tuple[int, str], User]":
    """The people of (person, session) pairs as the database has them now, without who signed out or was disabled."""
    if not tabs:
        return {}
    sessions = _sessions({session for _user, session in tabs})
    users = _users({user for user, _session in tabs})
    return {tab: users[tab[0]] for tab in tabs if tab[0] in users and tab[1] in sessions}


def person(user_id: int, session_key: str) -> "User | None":
    return people({(user_id, session_key)}).get((user_id, session_key))


def visitor(scope: dict[str, Any]) -> "tuple[User, str] | None":
    """Who opens a socket, by the cookie of their session, and the session's key."""
    key = _cookies(scope).get(settings.SESSION_COOKIE_NAME, "")
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    if request.session.get(SECOND_FACTOR_DUE):
        return None
    return (user, key) if user.is_authenticated else None


def language_of(scope: dict[str, Any]) -> str:
    """The language of the page that opened the socket: its cookie, else what the browser accepts."""
    headers = dict(scope["headers"])
    cookies = _cookies(scope)
    accepted = parse_accept_lang_header(headers.get(b"accept-language", b"").decode("latin-1").lower())
    for code in [cookies.get(settings.LANGUAGE_COOKIE_NAME, ""), *(code for code, _weight in accepted)]:
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def _cookies(scope: dict[str, Any]) -> dict[str, str]:
    headers = dict(scope["headers"])
    return parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))


async def _look_at_all() -> None:
    while _tabs:
        await asyncio.sleep(LOOK)
        tabs = list(_tabs)
        try:
            present = await in_database(people, {(tab.user_id, tab.session_key) for tab in tabs})
        except DatabaseError as problem:
            log.warning("it could not be seen who is still signed in (%s), trying again", problem)
            continue
        for tab in tabs:
            if (tab.user_id, tab.session_key) not in present:
                await tab.close(code=SIGNED_OUT)


# Plain SQL: each frame that asks for something goes through here, and building a query costs ten times its execution.


def _sessions(keys: set[str]) -> set[str]:
    marks = ", ".join(["%s"] * len(keys))
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT session_key FROM django_session WHERE expire_date > %s AND session_key IN ({marks})",  # noqa: S608
            [now, *keys],
        )
        return {key for (key,) in cursor.fetchall()}


def _users(ids: set[int]) -> "dict[int, User]":
    model = get_user_model()
    marks = ", ".join(["%s"] * len(ids))
    found = model.objects.raw(
        f"SELECT * FROM {model._meta.db_table} WHERE is_active AND id IN ({marks})",  # noqa: S608
        list(ids),
    )
    return {user.pk: user for user in found}
