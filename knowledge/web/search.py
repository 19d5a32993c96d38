"""One web search, start to finish: find pages, read them, keep the best passages. Nothing is stored.

Raises `SearchError` when no engine can be asked. Sources are only pages that the engine found; what could not be
read stands in `WebFindings.pages` with its reason.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from asgiref.sync import sync_to_async
from django.utils.translation import gettext as _

from knowledge.passages import Passage, SearchError
from knowledge.web import configuration, pages, ranking
from knowledge.web.asking import Asking, Attempt
from knowledge.web.configuration import Configured, EngineInUse
from knowledge.web.plaintext import plain
from knowledge.web.ranking import Candidate
from knowledge.web.reading import PageOutcome, read_hits
from knowledge.web.robots import Robots

LONGEST_QUERY = 1000  # characters; a pasted text is not looked for word by word
# Of the seconds that an administrator gives to a search (six, when nobody has said).
SHARE_TO_FIND = 0.6
SHARE_TO_RANK = 0.15  # kept for the end


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
    """The passages of the web that answer the question best, within `seconds`; in part when that is too short.

    Without `seconds` those of the settings are given. Whether this person may search is asked by who calls it.
    """
    configured = await sync_to_async(configuration.configured)()
    if not configured.settings.enabled:
        raise SearchError(_("Web search is switched off here."))
    return await _find(configured, question, user_id, configured.settings.seconds if seconds is None else seconds)


async def try_out(question: str, *, user_id: int, engine: EngineInUse | None = None) -> WebFindings:
    """`find_pages` for an administrator who has not switched it on yet, with one engine alone or with all."""
    configured = await sync_to_async(configuration.configured)()
    if engine is not None:
        configured = replace(configured, engines=(engine,))
    return await _find(configured, question, user_id, configured.settings.seconds)


async def _find(configured: Configured, question: str, user_id: int, seconds: float) -> WebFindings:
    if not configured.engines:
        raise SearchError(_("Web search has no engine yet. An administrator can add one in the panel."))
    query = " ".join(plain(question[:4000]).split())[:LONGEST_QUERY]
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
    find_until = started + (end - started) * SHARE_TO_FIND
    read_until = end - (end - started) * SHARE_TO_RANK
    outcomes: list[PageOutcome] = []
    name = ""
    robots = Robots(user_id) if configured.settings.heeds_robots else None
    try:
        while True:
            engine, hits = await asking.next_hits(find_until)
            if not hits:
                return name, outcomes, []
            name = engine
            read, candidates = await read_hits(
                hits,
                user_id=user_id,
                until=read_until,
                domains=configured.domains,
                limit=configured.settings.results,
                robots=robots,
            )
            outcomes += read
            if candidates:
                return name, outcomes, candidates
    finally:
        if robots:
            robots.close()
