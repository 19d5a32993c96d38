"""The page as an application: its manifest, its service worker, and the page that is shown without a line.

Nothing of a person is in any of them, so that a browser may keep them. Each is in the language that its address names.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from webui.assets import DIST

PAPER = "#f9fbf9"
PINE = "#0b5a45"
ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable-512.png", "512x512", "maskable"),
    ("favicon.svg", "any", "any"),
)


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a browser needs to install the site as an application."""
    language = _language(request)
    with translation.override(language):
        described = {
            "id": "/",
            "name": "webui",
            "short_name": "webui",
            "description": _("Chats with language models, libraries and the web."),
            "lang": "zh-Hans" if language == "zh-hans" else language,
            "dir": "ltr",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": PAPER,
            "theme_color": PINE,
            "icons": [_icon(*icon) for icon in ICONS],
            "shortcuts": [
                {"name": _("New chat"), "url": "/"},
                {"name": _("Libraries"), "url": "/knowledge/"},
            ],
        }
    answer = JsonResponse(
        described, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False}
    )
    answer["Cache-Control"] = "no-cache"
    return answer


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, from the root so that it answers for the whole site. A browser asks anew each time."""
    path = DIST / "worker.js"
    if not path.exists():
        raise Http404
    headers = {"Cache-Control": "no-cache"}
    return HttpResponse(path.read_bytes(), content_type="text/javascript; charset=utf-8", headers=headers)


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What the service worker keeps: the same for everybody, whoever is signed in."""
    with translation.override(_language(request)):
        return render(request, "offline.html")


def _icon(name: str, sizes: str, purpose: str) -> dict[str, str]:
    kind = "image/svg+xml" if name.endswith(".svg") else "image/png"
    return {"src": static(f"dist/{name}"), "sizes": sizes, "type": kind, "purpose": purpose}


def _language(request: HttpRequest) -> str:
    wanted = request.GET.get("language", "")
    return wanted if wanted in dict(settings.LANGUAGES) else "en"


urlpatterns = [
    path("manifest.webmanifest", manifest, name="manifest"),
    path("sw.js", worker, name="service_worker"),
    path("offline/", offline, name="offline"),
]
