"""What is said in a video, where YouTube has captions of it: a page of text with the minutes as headings.

The package that knows how captions are had is lent the guarded client and opens no connection of its own. Raises
`FetchError`.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from html import escape, unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from knowledge.web.fetched import FetchError, FetchFailed, Page, Sent

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session
    from youtube_transcript_api import FetchedTranscriptSnippet, Transcript

Exchange = Callable[[str, Sent], Awaitable[Page]]
SECONDS = 20.0
SECTION = 120.0  # seconds of a video under one heading
MOST_SNIPPETS = 20_000
_HOSTS = ("youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", "www.youtube-nocookie.com")
_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_IN_PATH = re.compile(r"/(?:shorts|live|embed|v)/([A-Za-z0-9_-]{11})(?:/|$)")
_TITLE = re.compile(r"<title>([^<]{1,300}?)(?: - YouTube)?</title>")
_PASSED_ON = ("Accept-Language", "Content-Type", "Cookie")  # its one cookie says that it consents to cookies
_readers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="captions")


def video_in(url: str) -> str:
    """The id of the video that an address shows; '' for all other addresses. Pure."""
    parts = urlsplit(url)
    if parts.hostname == "youtu.be":
        found = parts.path.lstrip("/")
    elif parts.hostname in _HOSTS and parts.path == "/watch":
        found = parse_qs(parts.query).get("v", [""])[0]
    elif parts.hostname in _HOSTS and (match := _IN_PATH.match(parts.path)):
        found = match[1]
    else:
        return ""
    return found if _ID.fullmatch(found) else ""


async def page_of(url: str, exchange: Exchange) -> Page:
    """The transcript as if it were the page at this address; of several the one that a person wrote comes first."""
    loop = asyncio.get_running_loop()
    language = (get_language() or "en").partition("-")[0]
    context, lent = copy_context(), _Lent(loop, exchange)  # what cannot be had is said in the person's language
    html = await loop.run_in_executor(_readers, lambda: context.run(_read, video_in(url), language, lent))
    return Page(
        url=url,
        final_url=url,
        status=200,
        media_type="text/html",
        charset="utf-8",
        body=html.encode("utf-8", "replace"),
    )


class _Lent:
    """The guarded client as the `Session` that the package wants."""

    def __init__(self, loop: asyncio.AbstractEventLoop, exchange: Exchange) -> None:
        self._loop, self._exchange = loop, exchange
        self.title = ""

    def session(self) -> "Session":
        from requests import Session
        from requests.adapters import BaseAdapter

        sending = self._send

        class Adapter(BaseAdapter):
            def send(self, request: "PreparedRequest", *_args: Any, **_options: Any) -> "Response":
                return sending(request)

            def close(self) -> None:
                """There is nothing to close."""

        adapter, session = Adapter(), Session()
        session.trust_env = False
        session.adapters.clear()
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session

    def _send(self, request: "PreparedRequest") -> "Response":
        from requests import Response

        body = request.body.encode() if isinstance(request.body, str) else request.body
        sent = Sent(
            method="POST" if request.method == "POST" else "GET",
            body=body if isinstance(body, bytes) else b"",
            headers={name: str(request.headers[name]) for name in _PASSED_ON if name in request.headers},
        )
        response = Response()
        response.request, response.url = request, str(request.url)
        try:
            page = asyncio.run_coroutine_threadsafe(self._asked(sent, response.url), self._loop).result(SECONDS)
        except FetchError as error:
            if error.status is None:
                raise
            response.status_code = error.status
            response._content = b""
        else:
            response.status_code, response._content, response.encoding = 200, page.body, "utf-8"
            if not self.title and (match := _TITLE.search(page.text[:200_000])):
                self.title = unescape(match[1]).strip()
        return response

    async def _asked(self, sent: Sent, url: str) -> Page:
        return await self._exchange(url, sent)


def _read(video: str, language: str, lent: _Lent) -> str:
    from youtube_transcript_api import YouTubeTranscriptApi

    with _errors_as_sentences():
        offered = list(YouTubeTranscriptApi(http_client=lent.session()).list(video))
        if not offered:
            raise FetchFailed(_("The video has no transcript."))
        chosen = _best(offered, language)
        return _html(lent.title or video, chosen.language_code, chosen.fetch().snippets[:MOST_SNIPPETS])


def _best(offered: "Sequence[Transcript]", language: str) -> "Transcript":
    """Written by a person before made by a machine; among those the person's language, then the one that is spoken."""
    spoken = next((each.language_code for each in offered if each.is_generated), "")
    wanted = [language, spoken.partition("-")[0], "en"]

    def place(transcript: "Transcript") -> tuple[bool, int]:
        code = transcript.language_code.partition("-")[0]
        return transcript.is_generated, wanted.index(code) if code in wanted else len(wanted)

    return min(offered, key=place)


def _html(title: str, language: str, snippets: "Iterable[FetchedTranscriptSnippet]") -> str:
    sections: dict[int, list[str]] = {}
    for snippet in snippets:
        sections.setdefault(int(snippet.start // SECTION), []).append(" ".join(snippet.text.split()))
    parts = "".join(
        f"<h2>{_clock(number * SECTION)}</h2><p>{escape(' '.join(texts))}</p>" for number, texts in sections.items()
    )
    head = f'<!doctype html><html lang="{escape(language)}"><head><title>{escape(title)}</title></head>'
    return f"{head}<body><article><h1>{escape(title)}</h1>{parts}</article></body></html>"


def _clock(seconds: float) -> str:
    minutes = int(seconds // 60)
    return f"{minutes // 60}:{minutes % 60:02}:00" if minutes >= 60 else f"{minutes}:00"


@contextmanager
def _errors_as_sentences() -> Iterator[None]:
    import requests
    from youtube_transcript_api import (
        CouldNotRetrieveTranscript,
        NoTranscriptFound,
        PoTokenRequired,
        RequestBlocked,
        TranscriptsDisabled,
    )

    try:
        yield
    except (TranscriptsDisabled, NoTranscriptFound):
        raise FetchFailed(_("The video has no transcript.")) from None
    except (RequestBlocked, PoTokenRequired):
        raise FetchFailed(_("YouTube does not give this server the transcript of the video.")) from None
    except CouldNotRetrieveTranscript:
        raise FetchFailed(_("YouTube does not show this video, or not without signing in.")) from None
    except TimeoutError:
        raise FetchFailed(_("The page took too long.")) from None
    # The package trusts that what it gets has its shape.
    except (requests.RequestException, SyntaxError, LookupError, TypeError, ValueError, AttributeError):
        raise FetchFailed(_("The page's server sent something that cannot be read.")) from None
