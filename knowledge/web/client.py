"""The one HTTP client for search engines, whose addresses an administrator chose. Raises `SearchError` alone.

Beside fetch.py, which guards what people and pages name, this is the only way out of knowledge/. It takes no proxy from
the environment, follows no redirects, and reads answers of bounded size in bounded time.
"""

import asyncio
import json
import logging
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from django.utils.translation import gettext as _

from knowledge.passages import SearchError
from knowledge.web import charset
from knowledge.web.fetch import tls, user_agent
from knowledge.web.refusals import refusal, too_slow, unusable

LARGEST_ANSWER = 4 * 1024 * 1024
# It would log every address, and in addresses stand people's questions.
logging.getLogger("httpx").setLevel(logging.WARNING)
_REMAINING = ("x-ratelimit-remaining", "ratelimit-remaining", "x-ratelimit-remaining-requests")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request to an engine."""

    url: str
    method: str = "GET"
    params: Mapping[str, str | int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`data` is the decoded JSON, None when there was none that can be read."""

    status: int
    data: Any
    quota: str = ""


async def ask(name: str, request: Ask, seconds: float) -> Answer:
    """What the engine called `name` answers, whatever its status."""
    with errors_as_sentences(name):
        async with asyncio.timeout(seconds), http_client() as client:
            response = await client.request(
                request.method,
                request.url,
                params=dict(request.params) or None,
                headers={"Accept": "application/json", **request.headers},
                json=request.body,
                timeout=seconds,
            )
    try:
        data = json.loads(response.content)
    except (ValueError, RecursionError):
        data = None
    return Answer(status=response.status_code, data=data, quota=_quota(response.headers))


def http_client(base_url: str = "", headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=base_url,
        headers={"User-Agent": user_agent(), "Accept-Encoding": "gzip, deflate", **(headers or {})},
        verify=tls(),
        trust_env=False,
        follow_redirects=False,
        event_hooks={"response": [_bounded]},
    )


@contextmanager
def errors_as_sentences(name: str) -> Iterator[None]:
    try:
        yield
    except (TimeoutError, httpx.TimeoutException):
        raise SearchError(too_slow(name)) from None
    except _TooLarge:
        raise SearchError(unusable(name)) from None
    except httpx.HTTPStatusError as error:  # raised by packages that use our client
        raise refusal(name, error.response.status_code) from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise SearchError(_("%(engine)s cannot be reached from the server.") % {"engine": name}) from None


class _TooLarge(Exception):
    """An answer without end, or one that says that it is packed and is not."""


async def _bounded(response: httpx.Response) -> None:
    """Reads and unpacks the body here: httpx has no bound for either."""
    try:
        inflate = charset.inflater(response.headers.get("content-encoding", ""))
        body = bytearray()
        async for packed in response.aiter_raw(65536):
            body += inflate.decompress(packed, LARGEST_ANSWER + 1 - len(body)) if inflate else packed
            if len(body) > LARGEST_ANSWER or (inflate and inflate.unconsumed_tail):
                raise _TooLarge
    except (ValueError, zlib.error):
        raise _TooLarge from None
    response._content = bytes(body)


def _quota(headers: httpx.Headers) -> str:
    """Several windows stand in one header, the longest last: "1, 1999"."""
    told = next((headers[name] for name in _REMAINING if name in headers), "")
    return told.rpartition(",")[2].strip()[:20]
