"""Who is calling the API: a key in `Authorization: Bearer`, or the session cookie with its CSRF token.

`key_for` is the only place that judges a key, and `opens` what it may be used for. A request that carries an
Authorization header is judged by it alone, so a wrong key never falls back to the cookie of the browser it came from.
"""

from datetime import timedelta

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.security import HttpBearer
from ninja.security.base import AuthBase

from webui.accounts.models import ApiKey, User

USE_NOTED_EVERY = timedelta(minutes=1)


def key_for(text: str) -> ApiKey | None:
    """The key of an active person, unless it has expired. The look-up is by digest, so its time tells nothing."""
    key = ApiKey.objects.alive().filter(digest=ApiKey.digest_of(text)).select_related("user").first()
    if key is None:
        return None
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at <= now - USE_NOTED_EVERY:
        key.note_use(now)
    return key


def user_for_key(text: str) -> User | None:
    """The person of a key, whatever it is for."""
    key = key_for(text)
    return key.user if key else None


def opens(key: ApiKey, method: str, path: str) -> bool:
    """Whether the key is for this address. What is not named here is open to no key but one for everything of /api."""
    Scope = ApiKey.Scope  # noqa: N806  a class
    scopes = set(key.scopes)
    if path.startswith("/v1/embeddings"):
        return Scope.EMBEDDINGS in scopes
    if path.startswith("/v1/models"):
        return bool(scopes & {Scope.CHAT, Scope.EMBEDDINGS})
    if path.startswith(("/v1/", "/ollama/")):
        return Scope.CHAT in scopes
    return Scope.API in scopes or (Scope.READ in scopes and method in ("GET", "HEAD"))


akey_for = sync_to_async(key_for)


class KeyAuth(HttpBearer):
    """The person of the key; `request.api_key` is the key, whose models and limits count besides theirs."""

    async def authenticate(self, request: HttpRequest, token: str) -> User | None:
        key = await akey_for(token)
        if key is None:
            return None
        if not opens(key, request.method or "", request.path):
            raise HttpError(403, _("This API key is not for that. Its owner sees on the account page what it is for."))
        request.api_key = key  # type: ignore[attr-defined]
        return key.user


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
