"""What browsers report of breaches of the page's policy: counted, and a few of them written into the log.

Anybody can send such a report, so it is small, few are taken in a minute, and nothing of it is kept but how many there
were and which rule was broken. The health page shows the count of the process.
"""

import json
import logging
import re
import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

ADDRESS = "/csp-reports"
LARGEST = 16 * 1024  # bytes
A_MINUTE = 30  # reports that are read
KINDS = ("application/csp-report", "application/reports+json")
_RULE = re.compile(r"[a-z-]{1,40}")

log = logging.getLogger(__name__)
_counted = {"reports": 0}
_minute = {"began": 0.0, "taken": 0}


def counted() -> int:
    """Breaches since this process began."""
    return _counted["reports"]


@csrf_exempt
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """No answer but that it came: a browser does nothing with one."""
    if request.content_type not in KINDS:
        return HttpResponse(status=415)
    if not _is_taken():
        return HttpResponse(status=429)
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return HttpResponse(status=413)
    try:
        rules = _rules(json.loads(request.read(LARGEST)))
    except (ValueError, RecursionError):
        return HttpResponse(status=400)
    _counted["reports"] += len(rules)
    for rule in rules:
        log.warning("a browser reports a breach of the page's policy: %s", rule)
    return HttpResponse(status=204)


def _is_taken() -> bool:
    now = time.monotonic()
    if now - _minute["began"] > 60:
        _minute.update(began=now, taken=0)
    _minute["taken"] += 1
    return _minute["taken"] <= A_MINUTE


def _rules(told: Any) -> list[str]:
    """Which rules were broken, of both forms of report; addresses are left out, as they may be a person's."""
    one = told.get("csp-report") if isinstance(told, dict) else None
    bodies = (
        [one]
        if one
        else [each.get("body") for each in told[:10] if isinstance(each, dict)]
        if isinstance(told, list)
        else []
    )
    found = []
    for body in bodies:
        if isinstance(body, dict):
            name = str(
                body.get("effectiveDirective") or body.get("effective-directive") or body.get("violated-directive")
            )
            match = _RULE.match(name)
            found.append(match[0] if match else "unknown")
    return found


urlpatterns = [path(ADDRESS.removeprefix("/"), take, name="csp_reports")]
