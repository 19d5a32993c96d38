"""One web search, start to finish: find pages, read them, keep the best passages. Nothing is stored.

Raises `SearchError` when no engine can be asked. Sources are only pages that the engine found; what could not be
read stands in `WebFindings.pages` with its reason.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from django.utils.translation import gettext as _

from knowledge.chunking import chunk
from knowledge.parsing.base import Block
from knowledge.passages import Passage, SearchError
from knowledge.web import addresses, configuration, pages, ranking
from knowledge.web.asking import Asking, Attempt
from knowledge.web.configuration import Configured, EngineInUse
from knowledge.web.domains import Domains
from knowledge.web.engines import Hit
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
    size: int = 0  # bytes, as they came
    mark: str = ""  # of what was read, to know it again

    @property
    def host(self) -> str:
        """As it stands in the address, so that a look-alike name is seen for what it is."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True, slots=True, kw_only=True)
class WebFindings:
    """No passages means that nothing was found, and that is to be said. `engine` is the one whose hits were read."""

    passages: list[Passage]
    pages: list[PageOutcome]
    query: str = ""
    engine: str = ""
    attempts: Sequence[Attempt] = ()
    seconds: float = 0.0


class EnginesFailed(SearchError):
    """Not one engine gave an answer; `attempts` says why."""

    def __init__(self, attempts: Sequence[Attempt], query: str, seconds: float) -> None:
        reasons = [attempt.reason for attempt in attempts if attempt.reason]
        several = _("No search engine gave an answer.") if len(attempts) > 1 else ""
        super().__init__(" ".join([several, *reasons]).strip())
        self.attempts, self.query, self.seconds = attempts, query, seconds


async def find_pages(question: str, *, user_id: int, seconds: float | None = None) -> WebFindings:
    """The passages of the web that answer the question best, within six seconds; in part when that is too short.

    Whether this person may search is asked by who calls it (`knowledge.web.configuration`).
    """
    configured = await sync_to_async(configuration.configured)()
    if not configured.settings.enabled:
        raise SearchError(_("Web search is switched off here."))
    return await _find(configured, question, user_id, SECONDS if seconds is None else seconds)


async def try_out(question: str, *, user_id: int, engine: EngineInUse | None = None) -> WebFindings:
    """`find_pages` for an administrator who has not switched it on yet, with one engine alone or with all."""
    configured = await sync_to_async(configuration.configured)()
    if engine is not None:
        configured = replace(configured, engines=(engine,))
    return await _find(configured, question, user_id, SECONDS)


async def _find(configured: Configured, question: str, user_id: int, seconds: float) -> WebFindings:
    if not configured.engines:
        raise SearchError(_("Web search has no engine yet. An administrator can add one in the panel."))
    query = " ".join(plain(question).split())
    if not query:
        return WebFindings(passages=[], pages=[])
    most = configured.settings.results
    asking = Asking(configured.engines, query, limit=2 * most if configured.domains else most)
    # In a thread, and before the clock starts: the first search of a process loads the engines' packages.
    await asyncio.to_thread(asking.prepare)
    started = time.monotonic()
    end = started + seconds
    # Both now, so that what still has to load does so while the engines search.
    pages.prepare()
    asked = asyncio.create_task(ranking.vector_of(query))
    try:
        engine, outcomes, candidates = await _read_hits(asking, configured, user_id, started, end)
        passages = await ranking.best(query, candidates, until=end, asked=asked) if candidates else []
    finally:
        asking.close()
        asked.cancel()
    took = time.monotonic() - started
    if not engine and all(attempt.state in ("failed", "too_slow", "not_asked") for attempt in asking.attempts):
        raise EnginesFailed(asking.attempts, query, took)
    return WebFindings(
        passages=passages, pages=outcomes, query=query, engine=engine, attempts=asking.attempts, seconds=took
    )


async def _read_hits(
    asking: Asking, configured: Configured, user_id: int, started: float, end: float
) -> tuple[str, list[PageOutcome], list[Candidate]]:
    """Engine after engine, until the pages that one found could be read."""
    find_until = started + (end - started) * SECONDS_TO_FIND / SECONDS
    outcomes: list[PageOutcome] = []
    name = ""
    while True:
        engine, hits = await asking.next_hits(find_until)
        if not hits:
            return name, outcomes, []
        name = engine
        admitted, barred = _judged(hits, configured.domains)
        limit = configured.settings.results
        read = await asyncio.gather(
            *(_page(hit, user_id, end - SECONDS_TO_RANK, configured.domains) for hit in admitted[:limit])
        )
        outcomes += [*(outcome for outcome, _found in read), *barred[: limit - len(read)]]
        # Several addresses may have led to one page.
        by_page = {outcome.url: found for outcome, found in reversed(read)}
        if candidates := [candidate for found in reversed(by_page.values()) for candidate in found]:
            return name, outcomes, candidates


def _judged(hits: Sequence[Hit], domains: Domains) -> tuple[list[Hit], list[PageOutcome]]:
    """One hit per address, in the engine's order, and those whose sites are not to be read."""
    unique = list({_without_fragment(hit.url): hit for hit in reversed(hits)}.values())[::-1]
    barred = [hit for hit in unique if domains and not domains.admit(hit.url)]
    outcomes = []
    for hit in barred:
        try:
            url = addresses.parse(hit.url).url
        except addresses.NotAllowed:
            url = ""
        outcomes.append(PageOutcome(url=url, title=hit.title or url, state="refused", reason=_barred()))
    return [hit for hit in unique if hit not in barred], outcomes


def _barred() -> str:
    return _("This site is not among those that may be read here.")


def _without_fragment(url: str) -> str:
    try:
        return addresses.parse(url).url
    except addresses.NotAllowed:
        return url


async def _page(hit: Hit, user_id: int, until: float, domains: Domains) -> tuple[PageOutcome, list[Candidate]]:
    started = time.monotonic()
    try:
        async with asyncio.timeout(until - started):
            page = await fetch(hit.url, user_id=user_id)
            if domains and not domains.admit(page.final_url):  # a redirect led elsewhere
                return PageOutcome(url=page.final_url, title=hit.title, state="refused", reason=_barred()), []
            text = await read(page)
    except TimeoutError:
        return _stand_in(hit, "too_slow", _("The page took too long."), started)
    except FetchError as error:
        return _stand_in(hit, "refused", str(error), started)
    except PageUnreadable as error:
        return _stand_in(hit, "empty", str(error), started)
    outcome = PageOutcome(
        url=page.final_url,
        title=text.title or hit.title,
        state="fetched",
        seconds=time.monotonic() - started,
        size=len(page.body),
        mark=page.mark,
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
