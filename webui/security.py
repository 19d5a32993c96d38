"""Headers on every answer: what a page may load, who may frame it, and that personal answers are kept by no cache.

A view that sets one of these headers itself keeps its own value; a served document is more tightly sandboxed so.
"""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

from webui.middleware import AnswerMiddleware

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    # KaTeX and highlighted tables place what they draw with style attributes; style elements stay forbidden.
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' blob: data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "frame-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    # Text becomes markup or a script's address only through these three: Lit's own templates, DOMPurify, and
    # static/src/trusted.ts for what our own server answers.
    "require-trusted-types-for": "'script'",
    "trusted-types": "lit-html dompurify webui",
    # Breaches are told to webui/breaches.py, in the old form and the new one.
    "report-uri": "/csp-reports",
    "report-to": "csp",
}
# Django's own administration writes its lists with innerHTML.
DJANGO_ADMIN = "/admin/django/"
TRUSTED_TYPES = ("require-trusted-types-for", "trusted-types")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Reporting-Endpoints": 'csp="/csp-reports"',
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self), payment=(), usb=(), browsing-topics=()",
}


class SecurityHeadersMiddleware(AnswerMiddleware):
    """The outermost middleware, so that refusals and error pages of the others carry the headers too."""

    def settle(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", content_security_policy(request))
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
            patch_vary_headers(response, ["Cookie"])
        return response


def content_security_policy(request: HttpRequest) -> str:
    policy = POLICY | {"connect-src": _own_sockets(request)}
    if request.path.startswith(DJANGO_ADMIN):
        policy = {name: value for name, value in policy.items() if name not in TRUSTED_TYPES}
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def _own_sockets(request: HttpRequest) -> str:
    """'self' and, for browsers that do not count it in, the same host's web socket. Only a host we serve is written."""
    try:
        host = request.get_host()
    except DisallowedHost:
        return POLICY["connect-src"]
    return f"{POLICY['connect-src']} {'wss' if request.is_secure() else 'ws'}://{host}"
