"""Calls to addresses that an administrator entered: sign-in providers, hooks. Sync, small, careful.

http and https only, never to where clouds hand out credentials, no redirects, no proxy of the environment, bounded in
time and size. Raises `OutwardError`, whose text is a sentence.
"""

import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from providers.addresses import is_forbidden, literal_address

SECONDS = 10.0
LARGEST = 1_000_000


class OutwardError(Exception):
    """Why there is no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    body: bytes

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    def document(self) -> dict[str, Any]:
        """The JSON object in it."""
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise OutwardError(_("It answered something that is not JSON."))
        return found


def call(
    url: str,
    *,
    form: dict[str, str] | None = None,
    content: bytes | None = None,
    headers: dict[str, str] | None = None,
    auth: tuple[str, str] | None = None,
) -> Reply:
    """GET, or POST where there is a form or content."""
    import httpx

    _judge(url)
    method = "GET" if form is None and content is None else "POST"
    limits = httpx.Timeout(SECONDS, connect=5.0)
    try:
        with (
            httpx.Client(timeout=limits, follow_redirects=False, trust_env=False) as client,
            client.stream(method, url, data=form, content=content, headers=headers, auth=auth) as answer,
        ):
            body = b""
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise OutwardError(_("It answered more than is read of such an answer."))
            return Reply(status=answer.status_code, body=body)
    except httpx.TimeoutException:
        raise OutwardError(_("It did not answer in time.")) from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise OutwardError(_("It cannot be reached.")) from None


def _judge(url: str) -> None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise OutwardError(_("The address has to begin with https:// or http://, and holds no password."))
    literal = literal_address(host)
    try:
        found = [literal] if literal else [literal_address(str(one[4][0])) for one in socket.getaddrinfo(host, None)]
    except OSError:
        raise OutwardError(_("There is no server of this name.")) from None
    if any(one is not None and is_forbidden(one) for one in found):
        raise OutwardError(_("This address is never called."))
