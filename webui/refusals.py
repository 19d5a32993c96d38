"""Refusals in the log, with the number of who tried: somebody who tries ids of others is seen, and not only guessed.

No word of a person and no secret is written: the pattern of the address, and ids as numbers or UUIDs.
"""

import logging
import re
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from webui.middleware import AnswerMiddleware

REFUSED = (401, 403, 404)
ID = re.compile(r"[0-9]{1,19}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
log = logging.getLogger(__name__)


class RefusalsMiddleware(AnswerMiddleware):
    """Inside of who knows the person; asks the database nothing, as whoever refused has looked already."""

    def settle(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.status_code in REFUSED and (person := _known(request)) is not None and request.resolver_match:
            match = request.resolver_match
            ids = {name: str(value) for name, value in match.kwargs.items() if ID.fullmatch(str(value))}
            told = " ".join(f"{name}={value}" for name, value in ids.items())
            log.info(
                "person %d was refused (%d): %s /%s %s", person, response.status_code, request.method, match.route, told
            )
        return response


def _known(request: HttpRequest) -> int | None:
    """The number of whom a view or a key has found already."""
    for name in ("auth", "_cached_user", "_acached_user"):
        found: Any = getattr(request, name, None)
        if getattr(found, "is_authenticated", False) and found.pk:
            return int(found.pk)
    return None
