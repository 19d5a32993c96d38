"""The language of the pages: a cookie in this browser, and the person's choice, brought along by signing in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as set_language_cookie

from webui.accounts.models import User


@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Django's switch, which also remembers the choice of whoever is signed in."""
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and check_for_language(language):
        request.user.speak(language)
    return set_language_cookie(request)


def remember_language(response: HttpResponseBase, user: User) -> None:
    """Give this browser the person's language; LocaleMiddleware reads it from the next request on."""
    if user.language and check_for_language(user.language):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            samesite=settings.LANGUAGE_COOKIE_SAMESITE,
            secure=settings.SESSION_COOKIE_SECURE,
        )
