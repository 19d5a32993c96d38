"""Hits become pages, and pages passages to choose from: fetched side by side, each with what became of it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from knowledge.chunking import chunk
from knowledge.parsing.base import Block
from knowledge.web import addresses
from knowledge.web.domains import Domains
from knowledge.web.engines import Hit
from knowledge.web.fetch import FetchError, fetch
from knowledge.web.pages import PageText, PageUnreadable, read
from knowledge.web.ranking import Candidate
from knowledge.web.robots import Robots


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


async def read_hits(
    hits: Sequence[Hit],
    *,
    user_id: int,
    until: float,
    domains: Domains,
    limit: int | None = None,
    robots: Robots | None = None,
) -> tuple[list[PageOutcome], list[Candidate]]:
    """What became of the first `limit` pages that may be read, and their pieces; done by `until` (monotonic).

    `robots` is asked about each; None for pages that a person named.
    """
    admitted, barred = _judged(hits, domains)
    read = await asyncio.gather(*(_page(hit, user_id, until, domains, robots) for hit in admitted[:limit]))
    # Several addresses may have led to one page.
    by_page = {outcome.url: found for outcome, found in reversed(read)}
    outcomes = [*(outcome for outcome, _found in read), *barred]
    return outcomes[:limit], [candidate for found in reversed(by_page.values()) for candidate in found]


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


async def _page(
    hit: Hit, user_id: int, until: float, domains: Domains, robots: Robots | None
) -> tuple[PageOutcome, list[Candidate]]:
    started = time.monotonic()
    try:
        async with asyncio.timeout(until - started):
            if robots and not await robots.permit(hit.url):
                asked = _("The site asks programs not to read this page (robots.txt).")
                return _stand_in(hit, "refused", asked, started)
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
