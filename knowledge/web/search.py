"""One web search, start to finish: find pages, read them, keep the best passages. Nothing is stored.

Raises `SearchError` when the engine cannot be asked. Sources are only pages that the engine found; what could not be
read stands in `WebFindings.pages` with its reason.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from django.utils.translation import gettext as _

from knowledge.chunking import chunk
from knowledge.parsing.base import Block
from knowledge.passages import Passage, SearchError
from knowledge.web import addresses, engines, pages, ranking
from knowledge.web.engines import Configured, Hit, SearchEngine
from knowledge.web.fetch import FetchError, fetch
from knowledge.web.pages import PageText, PageUnreadable, read
from knowledge.web.plaintext import plain
from knowledge.web.ranking import Candidate

SECONDS = 6.0
SECONDS_TO_FIND = 3.5
SECONDS_TO_RANK = 0.9  # of the six, kept for the end


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOutcome:
    """What became of one hit. 'snippet': the page itself could not be had, the engine's excerpt stands in for it."""

    url: str
    title: str
    state: Literal["fetched", "refused", "empty", "too_slow", "snippet"]
    reason: str = ""
    seconds: float = 0.0

    @property
    def host(self) -> str:
        """As it stands in the address, so that a look-alike name is seen for what it is."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True, slots=True, kw_only=True)
class WebFindings:
    """No passages means that nothing was found, and that is to be said."""

    passages: list[Passage]
    pages: list[PageOutcome]
    query: str = ""
    engine: str = ""


async def find_pages(question: str, *, user_id: int) -> WebFindings:
    """The passages of the web that answer the question best, within six seconds; in part when that is too short."""
    configured = await sync_to_async(engines.configured)()
    if not configured.enabled:
        raise SearchError(_("Web search is switched off here."))
    return await _find(configured, question, user_id)


async def try_out(question: str, *, user_id: int) -> WebFindings:
    """`find_pages` for an administrator who has not switched it on yet."""
    return await _find(await sync_to_async(engines.configured)(), question, user_id)


def available() -> bool:
    """Whether people may search the web here, and something is there to search with."""
    try:
        return engines.configured().ready
    except SearchError:
        return False


async def aavailable() -> bool:
    return await sync_to_async(available)()


async def _find(configured: Configured, question: str, user_id: int) -> WebFindings:
    if not configured.has_access:
        raise SearchError(_("Web search has no key yet. An administrator can enter one in the panel."))
    query, name = " ".join(plain(question).split()), configured.entry.name
    if not query:
        return WebFindings(passages=[], pages=[], engine=name)
    # In a thread, and before the clock starts: the first search of a process loads the engine's package.
    engine = await asyncio.to_thread(configured.engine)
    end = time.monotonic() + SECONDS
    # Both now, so that what still has to load does so while the engine searches.
    pages.prepare()
    asked = asyncio.create_task(ranking.vector_of(query))
    try:
        hits = await _hits(engine, query, configured.results)
        read = await asyncio.gather(*(_page(hit, user_id, end - SECONDS_TO_RANK) for hit in hits))
        # Several addresses may have led to one page.
        by_page = {outcome.url: found for outcome, found in reversed(read)}
        candidates = [candidate for found in reversed(by_page.values()) for candidate in found]
        passages = await ranking.best(query, candidates, until=end, asked=asked) if candidates else []
    finally:
        asked.cancel()
    outcomes = [outcome for outcome, _found in read]
    return WebFindings(passages=passages, pages=outcomes, query=query, engine=name)


async def _hits(engine: SearchEngine, query: str, limit: int) -> list[Hit]:
    """One hit per address, in the engine's order."""
    try:
        async with asyncio.timeout(SECONDS_TO_FIND + 0.5):
            found = await engine.search(query, limit=limit, seconds=SECONDS_TO_FIND)
    except TimeoutError:
        raise SearchError(
            _("%(engine)s did not answer in time. Try again in a moment.") % {"engine": engine.name}
        ) from None
    return list({_without_fragment(hit.url): hit for hit in reversed(found)}.values())[::-1]


def _without_fragment(url: str) -> str:
    try:
        return addresses.parse(url).url
    except addresses.NotAllowed:
        return url


async def _page(hit: Hit, user_id: int, until: float) -> tuple[PageOutcome, list[Candidate]]:
    started = time.monotonic()
    try:
        async with asyncio.timeout(until - started):
            page = await fetch(hit.url, user_id=user_id)
            text = await read(page)
    except TimeoutError:
        return _stand_in(hit, "too_slow", _("The page took too long."), started)
    except FetchError as error:
        return _stand_in(hit, "refused", str(error), started)
    except PageUnreadable as error:
        return _stand_in(hit, "empty", str(error), started)
    outcome = PageOutcome(
        url=page.final_url, title=text.title or hit.title, state="fetched", seconds=time.monotonic() - started
    )
    return outcome, _candidates(hit, page.final_url, text)


def _stand_in(
    hit: Hit, state: Literal["refused", "empty", "too_slow"], reason: str, started: float
) -> tuple[PageOutcome, list[Candidate]]:
    """The engine's excerpt instead of the page, marked as such; nothing when there is none, or no link to show."""
    seconds = time.monotonic() - started
    try:
        url = addresses.parse(hit.url).url
    except addresses.NotAllowed:
        return PageOutcome(url="", title=hit.title, state="refused", reason=reason, seconds=seconds), []
    title = hit.title or url
    if not hit.snippet:
        return PageOutcome(url=url, title=title, state=state, reason=reason, seconds=seconds), []
    outcome = PageOutcome(url=url, title=title, state="snippet", reason=reason, seconds=seconds)
    return outcome, _candidates(hit, url, PageText(title=title, blocks=(Block(text=hit.snippet),)))


def _candidates(hit: Hit, url: str, text: PageText) -> list[Candidate]:
    title = text.title or hit.title or url
    return [
        Candidate(
            text=piece.text,
            title=title,
            url=url,
            start=piece.start,
            end=piece.end,
            heading=piece.heading,
            page=piece.page,
            prior=hit.score,
        )
        for piece in chunk(text.blocks)
    ]
