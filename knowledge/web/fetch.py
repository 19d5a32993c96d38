"""The one client for everything fetched on a person's behalf. Raises `FetchError` and nothing else.

Every hop is parsed once, resolved once, judged (addresses.py), and connected to at a judged address, so that neither a
second parser nor a second answer of the name server can lead anywhere else. Name, port, refusal and unreachable host
get the same sentence: the errors must not map the network the server stands in.
"""

import asyncio
import logging
import socket
import ssl
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from knowledge.web import addresses, charset, transcripts
from knowledge.web.addresses import Exceptions, NotAllowed, WebAddress
from knowledge.web.cache import PageCache, clear_all
from knowledge.web.fetched import FetchError, FetchFailed, FetchRefused, Page, Sent
from knowledge.web.politeness import turn_at
from webui.conf import conf

if TYPE_CHECKING:
    import httpx

__all__ = ["FetchError", "FetchFailed", "FetchRefused", "Page"]

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 20.0
LARGEST_BODY = 10 * 1024 * 1024
MOST_REDIRECTS = 3
ADDRESSES_TRIED = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_TEXT_TYPES = (
    "application/xhtml+xml",
    "application/xml",
    "application/json",
    "application/rss+xml",
    "application/atom+xml",
    "application/pdf",
)


_cached: PageCache[Page] = PageCache(seconds=600, largest=32 * 1024 * 1024)
_resolver = ThreadPoolExecutor(max_workers=8, thread_name_prefix="names")


async def fetch(url: str, *, user_id: int) -> Page:
    """The page at `url`, after at most three redirects; from the cache when this person has just fetched it.

    Of a video it is what is said in it.
    """
    try:
        address = addresses.parse(url)
    except NotAllowed:
        raise FetchRefused(_("Only ordinary http and https addresses can be fetched.")) from None
    key = (user_id, address.url)
    if (page := _cached.get(key)) is not None:
        return page
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            page = replace(await _page(address), url=url)
    except TimeoutError:
        raise FetchFailed(_("The page took too long.")) from None
    # Under both addresses: where it was found, and where it was in the end.
    for one in {address.url, page.final_url}:
        _cached.put((user_id, one), page, len(page.body))
    return page


async def exchange(url: str, sent: Sent) -> Page:
    """What the server at `url` answers to this; past the cache, and under the same rules."""
    try:
        return await _walk(addresses.parse(url), sent)
    except NotAllowed:
        raise FetchRefused(_unreachable()) from None


async def _page(address: WebAddress) -> Page:
    if transcripts.video_in(address.url):
        return await transcripts.page_of(address.url, exchange)
    return await _walk(address, Sent())


def mark_of(url: str, *, user_id: int) -> str:
    """The mark of a page that this person has just fetched; '' when it is not kept any more."""
    try:
        page = _cached.get((user_id, addresses.parse(url).url))
    except NotAllowed:
        return ""
    return page.mark if page else ""


def forget() -> None:
    """Empties the caches: pages, and what their sites allow."""
    clear_all()


@cache
def exceptions() -> Exceptions:
    """What the operator allows besides; an entry that is nothing of the kind must not close the web for all."""
    usable = []
    for entry in conf.fetch_allow:
        try:
            Exceptions.of([entry])
        except NotAllowed:
            log.warning("WEBUI_FETCH_ALLOW: %r is neither a host nor a network, so it is ignored.", entry)
        else:
            usable.append(entry)
    return Exceptions.of(usable)


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, as the system knows them."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(_resolver, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    return [str(sockaddr[0]) for *_family, sockaddr in found]


async def _walk(address: WebAddress, sent: Sent) -> Page:
    for _hop in range(MOST_REDIRECTS + 1):
        async with turn_at(address.host):
            answer = await _ask(address, sent)
        if isinstance(answer, Page):
            return answer
        sent = Sent()  # nothing that was meant for one address goes on to another
        try:
            address = addresses.follow(address, answer)
        except NotAllowed:
            raise FetchRefused(_unreachable()) from None
    raise FetchFailed(_("The page redirects too often."))


async def _ask(address: WebAddress, sent: Sent) -> Page | str:
    """One hop: the page, or where it redirects to."""
    judged = await _judged(address)
    for candidate in judged:
        try:
            return await _ask_at(address, candidate, CONNECT_SECONDS / len(judged), sent)
        except _NoConnection:
            continue
    raise FetchFailed(_unreachable())


async def _judged(address: WebAddress) -> list[str]:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            found = [address.host] if address.is_ip else await resolve(address.host, address.port)
        allowed = addresses.judge(address, found, exceptions())
    except (NotAllowed, TimeoutError, OSError, UnicodeError):
        raise FetchRefused(_unreachable()) from None
    return [str(candidate) for candidate in allowed[:ADDRESSES_TRIED]]


class _NoConnection(Exception):
    """This address of the host did not answer; another may."""


async def _ask_at(address: WebAddress, judged: str, connect_seconds: float, sent: Sent) -> Page | str:
    import httpx

    # Connected by address, spoken to by name: Host and the certificate's name stay those of the URL.
    request = httpx.Request(
        sent.method,
        httpx.URL(scheme=address.scheme, host=judged, port=address.port, raw_path=address.path.encode("ascii")),
        headers={
            "Host": address.authority,
            "User-Agent": user_agent(),
            "Accept": "text/html,application/xhtml+xml,application/pdf;q=0.9,text/*;q=0.8,*/*;q=0.1",
            "Accept-Encoding": "gzip, deflate",
            "Accept-Language": "*",
            "Connection": "close",
            **sent.headers,
        },
        content=sent.body or None,
        extensions={
            "sni_hostname": address.host,
            "timeout": {"connect": connect_seconds, "read": TOTAL_SECONDS, "write": TOTAL_SECONDS},
        },
    )
    # The bare transport: no cookies, no authentication, no second reading of where a redirect leads.
    transport = httpx.AsyncHTTPTransport(verify=tls(), trust_env=False, retries=0)
    with _errors_as_sentences():
        async with transport:
            response = await transport.handle_async_request(request)
            try:
                return await _read(address, response)
            finally:
                await response.aclose()


@contextmanager
def _errors_as_sentences() -> Iterator[None]:
    import httpx

    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise _NoConnection from error
    except httpx.TimeoutException:
        raise FetchFailed(_("The page took too long.")) from None
    except (httpx.HTTPError, httpx.InvalidURL, zlib.error, ssl.SSLError, OSError):
        raise FetchFailed(_("The page's server sent something that cannot be read.")) from None


async def _read(address: WebAddress, response: "httpx.Response") -> Page | str:
    if response.status_code in _REDIRECTS and (location := response.headers.get("location")):
        return str(location)
    if response.status_code != 200:
        failure = FetchFailed(_("The page answered with status %(status)s.") % {"status": response.status_code})
        failure.status = response.status_code
        raise failure
    media_type, declared = _content_type(response.headers.get("content-type", ""))
    if media_type and not (media_type.startswith("text/") or media_type in _TEXT_TYPES):
        raise FetchFailed(_("The address holds no text that can be read (%(type)s).") % {"type": media_type[:60]})
    body = await _body(response)
    if body.startswith(b"%PDF-"):
        media_type = "application/pdf"
    elif media_type == "application/pdf" or charset.looks_binary(body):
        raise FetchFailed(_("The address holds no text that can be read (%(type)s).") % {"type": media_type[:60]})
    return Page(
        url=address.url,
        final_url=address.url,
        status=response.status_code,
        media_type=media_type or "text/html",
        charset=declared,
        body=body,
    )


async def _body(response: "httpx.Response") -> bytes:
    """The unpacked body. Unpacked here and not by httpx, which has no bound: 64 kB can hold 64 MB and more."""
    try:
        inflate = charset.inflater(response.headers.get("content-encoding", ""))
    except ValueError:
        raise FetchFailed(_("The page's server sent something that cannot be read.")) from None
    body = bytearray()
    async for packed in response.aiter_raw(65536):
        body += inflate.decompress(packed, LARGEST_BODY + 1 - len(body)) if inflate else packed
        if len(body) > LARGEST_BODY or (inflate and inflate.unconsumed_tail):
            raise FetchFailed(_("The page is larger than %(size)s MB.") % {"size": LARGEST_BODY // 1024**2})
        if inflate and inflate.eof:
            break
    return bytes(body)


def _content_type(header: str) -> tuple[str, str]:
    media_type, _semicolon, rest = header.partition(";")
    _name, _equals, declared = rest.partition("=")
    return media_type.strip().lower(), declared.partition(";")[0].strip(" \t\"'")


def _unreachable() -> str:
    return _("The page cannot be reached from here.")


@cache
def user_agent() -> str:
    return f"Mozilla/5.0 (compatible; webui/{version('webui')}; reads pages for a person who asked)"


@cache
def tls() -> ssl.SSLContext:
    """One for the process: making it costs more than most requests."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
