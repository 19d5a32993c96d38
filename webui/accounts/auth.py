"""Who is calling the API: a key in `Authorization: Bearer`, or the session cookie with its CSRF token.

`user_for_key` is the only place that judges a key. A request that carries an Authorization header is judged by it
alone, so a wrong key never falls back to the cookie of the browser it was sent from.
"""

from datetime import timedelta

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.security import HttpBearer
from ninja.security.base import AuthBase

from webui.accounts.models import ApiKey, User

USE_NOTED_EVERY = timedelta(minutes=1)


def user_for_key(text: str) -> User | None:
    """The active person of a key that has not expired, or None. The look-up is by digest, so its time tells nothing."""
    now = timezone.now()
    alive = Q(expires_at=None) | Q(expires_at__gt=now)
    keys = ApiKey.objects.filter(alive, digest=ApiKey.digest_of(text), user__is_active=True)
    key = keys.select_related("user").first()
    if key is None:
        return None
    if key.last_used_at is None or key.last_used_at <= now - USE_NOTED_EVERY:
        key.note_use(now)
    return key.user


auser_for_key = sync_to_async(user_for_key)


class KeyAuth(HttpBearer):
    async def authenticate(self, request: HttpRequest, token: str) -> User | None:
        return await auser_for_key(token)


class SessionAuth(AuthBase):
    """The signed-in person. An unsafe method without the CSRF token is refused, JSON or not."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = settings.SESSION_COOKIE_NAME
    csrf = True  # read by the API's documentation page, which then sends the token
    is_async = True

    async def __call__(self, request: HttpRequest) -> User | None:
        return await self.authenticate(request)

    async def authenticate(self, request: HttpRequest) -> User | None:
        if "Authorization" in request.headers:
            return None
        user = await request.auser()
        if not isinstance(user, User) or not user.is_active:
            return None
        if _lacks_csrf_token(request):
            raise HttpError(403, _("The request came without this site's CSRF token. Reload the page and try again."))
        return user


class _CsrfCheck(CsrfViewMiddleware):
    """Django's check without its page, which would be rendered here, on the event loop, and thrown away."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponseForbidden(reason)


def _lacks_csrf_token(request: HttpRequest) -> bool:
    check = _CsrfCheck(lambda _request: HttpResponse())
    # Views of the API are exempt from the middleware, which has let the request pass; look again.
    request.csrf_processing_done = False  # type: ignore[attr-defined]
    check.process_request(request)
    return check.process_view(request, lambda _request: HttpResponse(), (), {}) is not None


key_auth = KeyAuth()
session_auth = SessionAuth()
