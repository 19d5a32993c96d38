"""What a search did, small enough to be kept with the answer: queries, engines, pages, times; and in words."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from knowledge.web.asking import Attempt
from knowledge.web.reading import PageOutcome

LARGEST = 6000  # characters of JSON
MOST_PAGES, MOST_ENGINES = 12, 15


def receipt(
    *,
    queries: Sequence[str] = (),
    attempts: Sequence[Attempt] = (),
    pages: Sequence[PageOutcome] = (),
    linked: Sequence[PageOutcome] = (),
    seconds: float = 0.0,
    problem: str = "",
) -> str:
    """As JSON: {"queries", "engines", "pages", "seconds", "problem"}; what is empty is left out."""
    told = [*(_page(page, linked=True) for page in linked), *(_page(page) for page in pages)][:MOST_PAGES]
    whole = {
        "queries": [query[:300] for query in queries[:3]],
        "engines": [_engine(attempt) for attempt in attempts[:MOST_ENGINES]],
        "pages": told,
        "seconds": round(seconds, 1),
        "problem": problem[:600],
    }
    while len(text := _json(whole)) > LARGEST and told:
        told.pop()
    return text


def _engine(attempt: Attempt) -> dict[str, Any]:
    return _filled(
        name=attempt.engine[:80],
        state=attempt.state,
        reason=attempt.reason[:200],
        hits=attempt.hits,
        seconds=round(attempt.seconds, 1),
    )


def _page(page: PageOutcome, *, linked: bool = False) -> dict[str, Any]:
    """`mark` tells whether the page is still the same when it is pinned to a library later."""
    return _filled(
        url=page.url[:500],
        title=page.title[:120],
        state=page.state,
        reason=page.reason[:200],
        size=page.size,
        seconds=round(page.seconds, 1),
        mark=page.mark,
        linked=linked,
    )


def _filled(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _json(whole: dict[str, Any]) -> str:
    return json.dumps(_filled(**whole), ensure_ascii=False, separators=(",", ":"))


def lines(receipt: str) -> list[str]:
    """A receipt in words, for a text that people read: a line for each query, engine and page."""
    told: dict[str, Any] = json.loads(receipt) if receipt else {}
    engines = [_sentence(one.get("name"), _engine_words(one)) for one in told.get("engines", ())]
    pages = [
        _sentence(one.get("title"), f"<{one['url']}>" if one.get("url") else "", _page_words(one), one.get("reason"))
        for one in told.get("pages", ())
    ]
    problem = [told["problem"]] if told.get("problem") else []
    return [" ".join(str(line).split()) for line in (*told.get("queries", ()), *engines, *pages, *problem)]


def _sentence(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part)


def _engine_words(engine: Mapping[str, Any]) -> str:
    match engine.get("state"):
        case "found":
            hits = engine.get("hits", 0)
            return ngettext("%(count)s hit", "%(count)s hits", hits) % {"count": hits}
        case "nothing":
            return _("found nothing")
        case "unneeded":
            return _("another one was faster")
        case "not_asked":
            return _("not asked: the time was up")
    return str(engine.get("reason") or _("failed"))


def _page_words(page: Mapping[str, Any]) -> str:
    match page.get("state"):
        case "fetched":
            return _("read")
        case "snippet":
            return _("only the engine’s excerpt")
    return _("left out")
