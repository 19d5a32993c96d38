"""The page in which what a model wrote as HTML or Mermaid is drawn: in a frame, of no origin, without a network.

It is handed the text by `postMessage`; `static/src/chat/drawings.ts` is the other side. Its own policy shuts it off: an
opaque origin (`sandbox`), nothing loaded from anywhere, no form, no pop-up. Where the frame could lead itself is up to
the page around it, whose `frame-src 'self'` holds it here.
"""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
    " img-src data: blob:; media-src data: blob:; font-src data:; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'self'"
)


@require_safe
@login_required
def sandbox(request: HttpRequest) -> HttpResponse:
    answer = render(request, "chat/sandbox.html")
    answer["Content-Security-Policy"] = POLICY
    answer["X-Frame-Options"] = "SAMEORIGIN"
    return answer
