"""Calls to addresses that an administrator entered: sign-in providers, hooks. Sync, small, careful.

http and https only, never to where clouds hand out credentials, no redirects, no proxy of the environment, bounded in
time and size. A name is resolved once, every address of it is judged, and one of these is connected to: a second answer
of the name server leads nowhere else. Raises `OutwardError`, whose text is a sentence.
"""

import json
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from providers.addresses import is_forbidden, literal_address

if TYPE_CHECKING:
    import httpx

SECONDS = 10.0  # for one wait, and for all of the answer's body
LARGEST = 1_000_000
ADDRESSES_TRIED = 3


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

    addresses = _judged(url)
    method = "GET" if form is None and content is None else "POST"
    limits = httpx.Timeout(SECONDS, connect=5.0)
    try:
        with httpx.Client(timeout=limits, follow_redirects=False, trust_env=False) as client:
            for left, address in enumerate(addresses, start=1 - len(addresses)):
                try:
                    return _ask(client, method, _Pinned(url, address), headers, data=form, content=content, auth=auth)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    if not left:
                        raise
    except httpx.TimeoutException:
        raise OutwardError(_("It did not answer in time.")) from None
    except (httpx.HTTPError, httpx.InvalidURL):
        pass
    raise OutwardError(_("It cannot be reached."))


@dataclass(frozen=True, slots=True)
class _Pinned:
    """Connected to by address, spoken to by name: the Host header and the certificate's name stay those of the URL."""

    url: str
    address: str

    def request(self) -> "tuple[httpx.URL, dict[str, str], dict[str, str]]":
        import httpx

        named = httpx.URL(self.url)
        return (
            named.copy_with(host=self.address),
            {"Host": named.netloc.decode("ascii"), "Accept-Encoding": "identity"},
            {"sni_hostname": named.raw_host.decode("ascii")},
        )


def _ask(client: "httpx.Client", method: str, pinned: _Pinned, headers: dict[str, str] | None, **sent: Any) -> Reply:
    url, named, extensions = pinned.request()
    with client.stream(method, url, headers={**(headers or {}), **named}, extensions=extensions, **sent) as answer:
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise OutwardError(_("It answered in a packing that was not asked for."))
        body, until = b"", time.monotonic() + SECONDS
        for piece in answer.iter_raw():
            body += piece
            if len(body) > LARGEST:
                raise OutwardError(_("It answered more than is read of such an answer."))
            if time.monotonic() > until:
                raise OutwardError(_("It did not answer in time."))
        return Reply(status=answer.status_code, body=body)


def _judged(url: str) -> list[str]:
    """The addresses of its host that may be connected to; one that may not refuses all."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise OutwardError(_("The address has to begin with https:// or http://, and holds no password.")) from None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise OutwardError(_("The address has to begin with https:// or http://, and holds no password."))
    literal = literal_address(host)
    try:
        found = [str(literal)] if literal else [str(one[4][0]) for one in socket.getaddrinfo(host, None)]
    except (OSError, UnicodeError):
        raise OutwardError(_("There is no server of this name.")) from None
    judged = [(text, literal_address(text)) for text in dict.fromkeys(found)]
    if not judged or any(address is None or is_forbidden(address) for _text, address in judged):
        raise OutwardError(_("This address is never called."))
    return [text for text, _address in judged[:ADDRESSES_TRIED]]
