"""Open tabs and whether their people may still be here: sign-out and disabling close a socket within seconds."""

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.http import parse_cookie
from django.utils import timezone
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

if TYPE_CHECKING:
    from webui.accounts.models import User

SIGNED_OUT = 4401
RESTARTING = 1012  # RFC 6455's registry: service restart
TOO_SLOW = 4408
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


def leave(tab: Tab) -> None:
    _tabs.discard(tab)


async def send_away(*, idle: bool = False) -> None:
    """Close the open tabs, or only those that watch no answer; their pages connect again, to another process."""
    for tab in list(_tabs):
        if not (idle and tab.watching):
            await tab.close(code=RESTARTING)


def people(tabs: set[tuple[int, str]]) -> "dict[tuple[int, str], User]":
    """The people of (person, session) pairs as the database has them now, without who signed out or was disabled."""
    sessions = _sessions({session for _user, session in tabs})
    users = get_user_model().objects.filter(pk__in={user for user, _session in tabs}, is_active=True).in_bulk()
    return {tab: users[tab[0]] for tab in tabs if tab[0] in users and tab[1] in sessions}


def person(user_id: int, session_key: str) -> "User | None":
    return people({(user_id, session_key)}).get((user_id, session_key))


def language_of(scope: dict[str, Any]) -> str:
    """The language of the page that opened the socket: its cookie, else what the browser accepts."""
    headers = dict(scope["headers"])
    cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
    accepted = parse_accept_lang_header(headers.get(b"accept-language", b"").decode("latin-1").lower())
    for code in [cookies.get(settings.LANGUAGE_COOKIE_NAME, ""), *(code for code, _weight in accepted)]:
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


async def _look_at_all() -> None:
    while _tabs:
        await asyncio.sleep(LOOK)
        tabs = list(_tabs)
        present = await database_sync_to_async(people)({(tab.user_id, tab.session_key) for tab in tabs})
        for tab in tabs:
            if (tab.user_id, tab.session_key) not in present:
                await tab.close(code=SIGNED_OUT)


def _sessions(keys: set[str]) -> set[str]:
    living = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    return set(living.values_list("session_key", flat=True))
