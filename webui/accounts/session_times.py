"""How long a sign-in lasts: it ends when it is not used for a while, and at last, used or not.

The row's `expire_date` is what pages, `/api` and open sockets (chat/presence.py) go by: at most
WEBUI_SESSION_IDLE_HOURS from the last use, never past WEBUI_SESSION_DAYS from signing in. Without "stay signed in" both
are short, and the cookie ends with the browser. Use is noted by one UPDATE now and then, which brings no ended session
back.
"""

import time
from datetime import datetime, timedelta
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from webui.conf import conf
from webui.middleware import Middleware, Response

BEGAN = "began"  # in the session: when it was signed in, in seconds since 1970
BRIEF_IDLE, BRIEF = timedelta(hours=12), timedelta(days=1)  # of who does not stay signed in
NOTED_EVERY = 20  # use is noted when a twentieth of the idle time has passed


class SessionStore(DatabaseStore):
    """Django's, with two ends instead of one. `ends` is the row's, of a session that was loaded."""

    ends: datetime | None = None

    def _get_session_from_db(self) -> Any:
        return self._noted(super()._get_session_from_db())  # type: ignore[misc]

    async def _aget_session_from_db(self) -> Any:
        return self._noted(await super()._aget_session_from_db())  # type: ignore[misc]

    def _noted(self, row: Any) -> Any:
        self.ends = row.expire_date if row else None
        return row

    def set_expiry(self, value: Any) -> None:
        """Zero: until the browser is closed. Whatever else it is: as the settings say."""
        super().set_expiry(0 if value == 0 else None)

    async def aset_expiry(self, value: Any) -> None:
        await super().aset_expiry(0 if value == 0 else None)

    def get_expiry_age(self, **_given: Any) -> int:
        """The cookie's: until the end, as the server knows better when it is idle."""
        return max(0, int((self.last_moment() - timezone.now()).total_seconds()))

    async def aget_expiry_age(self, **_given: Any) -> int:
        return self.get_expiry_age()

    def get_expiry_date(self, **_given: Any) -> datetime:
        """The row's."""
        return min(timezone.now() + self.idle, self.last_moment())

    async def aget_expiry_date(self, **_given: Any) -> datetime:
        return self.get_expiry_date()

    @property
    def idle(self) -> timedelta:
        usual = timedelta(hours=conf.session_idle_hours)
        return min(usual, BRIEF_IDLE) if self._is_brief else usual

    def last_moment(self) -> datetime:
        began = self._told.get(BEGAN)
        since = datetime.fromtimestamp(began, tz=timezone.get_default_timezone()) if began else timezone.now()
        whole = timedelta(days=conf.session_days)
        return since + (min(whole, BRIEF) if self._is_brief else whole)

    @property
    def is_due(self) -> bool:
        """Whether this use is to be noted: of a sign-in that was loaded, the longer ago the sooner."""
        if self.ends is None or BEGAN not in self._told:
            return False
        return self.get_expiry_date() - self.ends > self.idle / NOTED_EVERY

    def note_use(self) -> None:
        self.model.objects.filter(session_key=self.session_key, expire_date__gt=timezone.now()).update(
            expire_date=self.get_expiry_date()
        )

    @property
    def _told(self) -> dict[str, Any]:
        """What is in it, without loading it."""
        return cast("dict[str, Any]", getattr(self, "_session_cache", {}))

    @property
    def _is_brief(self) -> bool:
        return self._told.get("_session_expiry") == 0


class InUseMiddleware(Middleware):
    """After the sessions: what asked who is there was a use of that sign-in."""

    def __call__(self, request: HttpRequest) -> Response:
        if self.is_async:
            return self._acall(request)
        response = cast(HttpResponseBase, self.get_response(request))
        if (used := _used(request)) is not None:
            used.note_use()
        return response

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        response = await cast(Any, self.get_response(request))
        if (used := _used(request)) is not None:
            await sync_to_async(used.note_use)()
        return cast(HttpResponseBase, response)


def _used(request: HttpRequest) -> SessionStore | None:
    session = request.session
    return session if isinstance(session, SessionStore) and session.accessed and session.is_due else None


def _begin(request: HttpRequest | None, **_: Any) -> None:
    if request is not None and hasattr(request, "session"):
        request.session[BEGAN] = time.time()


user_logged_in.connect(_begin, dispatch_uid="session times")
