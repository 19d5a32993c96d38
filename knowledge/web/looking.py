"""The way into the web for a question of a person: whether they may, the pages they linked, and a search.

Raises nothing of its own: what failed stands in the receipt, and in `Looked.problem` when nothing could be done at all.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.utils.translation import gettext as _

from knowledge.passages import Looked, Passage, SearchError
from knowledge.web import linked
from knowledge.web.configuration import stored
from knowledge.web.domains import domains
from knowledge.web.ranking import Candidate
from knowledge.web.reading import PageOutcome
from knowledge.web.receipts import receipt
from knowledge.web.search import EnginesFailed, WebFindings, find_pages

if TYPE_CHECKING:
    from knowledge.models import WebSearchSettings
    from webui.accounts.models import User


async def look(
    user: "User", question: str, *, query: str = "", links: Sequence[str] = (), seconds: float | None = None
) -> Looked:
    """`query` is what to search for, '' for no search; `seconds` is what is left of the time for it."""
    settings, admitted = await sync_to_async(_rights)(user)
    if not admitted:
        if not query:
            return Looked()
        off = _("Web search is switched off here.") if not settings.enabled else _("You may not search the web here.")
        return Looked(problem=off, receipt=receipt(problem=off))
    started = time.monotonic()
    (outcomes, candidates), found = await asyncio.gather(
        _linked(links, user.pk, settings), _searched(query, user.pk, seconds)
    )
    passages = [_quoted(place, each) for place, each in enumerate(linked.chosen(question, candidates))]
    problem = ""
    if isinstance(found, SearchError):
        problem = str(found)
    else:
        passages += found.passages
    if not passages and not problem and outcomes:
        problem = " ".join(f"{page.title or page.url}: {page.reason}" for page in outcomes if page.reason)
    told = receipt(
        queries=[query] if query else [],
        attempts=() if isinstance(found, SearchError) and not isinstance(found, EnginesFailed) else found.attempts,
        pages=() if isinstance(found, SearchError) else found.pages,
        linked=outcomes,
        seconds=time.monotonic() - started,
        problem=problem,
    )
    return Looked(passages=passages, receipt=told, problem=problem)


def _rights(user: "User") -> "tuple[WebSearchSettings, bool]":
    settings = stored()
    return settings, settings.admits(user)


async def _linked(
    links: Sequence[str], user_id: int, settings: "WebSearchSettings"
) -> tuple[list[PageOutcome], list[Candidate]]:
    if not links:
        return [], []
    rules = domains(settings.allowed_domains, settings.denied_domains)
    return await linked.read_links(links, user_id=user_id, domains=rules, seconds=settings.seconds)


async def _searched(query: str, user_id: int, seconds: float | None) -> WebFindings | SearchError:
    if not query:
        return WebFindings(passages=[], pages=[])
    try:
        return await find_pages(query, user_id=user_id, seconds=seconds)
    except SearchError as error:
        return error


def _quoted(place: int, piece: Candidate) -> Passage:
    """Linked pages come first, in their own order: the person pointed at them."""
    score = max(1 - place / 100, 0.5)
    return Passage(
        text=piece.text, title=piece.title, score=score, url=piece.url, heading=piece.heading, page=piece.page
    )
