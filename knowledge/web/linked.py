"""The pages behind addresses that a person wrote into a question, and how much of them is quoted."""

import time
from collections.abc import Sequence

from knowledge.web import ranking
from knowledge.web.domains import Domains
from knowledge.web.engines import Hit
from knowledge.web.linking import without_links
from knowledge.web.ranking import Candidate
from knowledge.web.reading import PageOutcome, read_hits

MOST_CHARACTERS = 9000  # of all linked pages together


async def read_links(
    links: Sequence[str], *, user_id: int, domains: Domains, seconds: float
) -> tuple[list[PageOutcome], list[Candidate]]:
    """What became of each page, and its pieces."""
    hits = [Hit(url=link, title="", snippet="") for link in links]
    return await read_hits(hits, user_id=user_id, until=time.monotonic() + seconds, domains=domains)


def chosen(question: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """As much as is quoted of linked pages, in the order of the pages: all that fits, else how they begin and what
    shares words with the question. Pure."""
    if sum(len(each.text) for each in candidates) <= MOST_CHARACTERS:
        return list(candidates)
    scores = ranking.keyword_scores(without_links(question), candidates)
    beginnings = ranking.beginnings(candidates)
    order = list(
        dict.fromkeys([*beginnings, *sorted(scores, key=lambda place: -scores[place]), *range(len(candidates))])
    )
    kept, left = [], MOST_CHARACTERS
    for place in order:
        if len(candidates[place].text) <= left:
            kept.append(place)
            left -= len(candidates[place].text)
    return [candidates[place] for place in sorted(kept)]
