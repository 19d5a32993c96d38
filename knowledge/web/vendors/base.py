"""What engines that answer one request with JSON have in common. Raises `SearchError`."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from html import unescape
from itertools import islice
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from knowledge.passages import SearchError
from knowledge.web.client import Answer, Ask, ask
from knowledge.web.engines import EngineAccess, Hit
from knowledge.web.plaintext import plain, plain_line
from knowledge.web.refusals import refusal, unusable

LONGEST_QUERY = 400
LONGEST_SNIPPET = 1500
_TAGS = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")


class JsonEngine(ABC):
    """An engine is its request, and where in the answer the results stand; paths are like `data.items`."""

    name = ""
    address: ClassVar[str] = ""
    needs_address: ClassVar[bool] = False
    results: str = "results"
    url: str = "url"
    title: str = "title"
    snippet: str = "snippet"

    def __init__(self, access: EngineAccess) -> None:
        self.access = access
        self.name = access.name or type(self).name
        self.base = (access.base_url or self.address).rstrip("/")
        self.quota = ""

    async def search(self, query: str, *, limit: int, seconds: float) -> list[Hit]:
        if not self.base:
            raise SearchError(
                _("%(engine)s has no address yet. An administrator can enter it.") % {"engine": self.name}
            )
        answer = await ask(self.name, self.request(" ".join(query.split())[:LONGEST_QUERY], limit), seconds)
        self.quota = self.left(answer)
        if self.found_nothing(answer):
            return []
        self.judge(answer)
        return list(islice(self._hits(answer.data), limit))

    @abstractmethod
    def request(self, query: str, limit: int) -> Ask: ...

    def judge(self, answer: Answer) -> None:
        """Raises `SearchError` for an answer that is none."""
        if not 200 <= answer.status < 300:
            raise refusal(self.name, answer.status)
        if not isinstance(answer.data, dict | list):
            raise SearchError(unusable(self.name))

    def found_nothing(self, answer: Answer) -> bool:
        """Whether this is the engine's way to say so."""
        return False

    def left(self, answer: Answer) -> str:
        """What is left of the plan."""
        return answer.quota

    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access.api_key}"} if self.access.api_key else {}

    def address_of(self, result: Any) -> Any:
        return at(result, self.url)

    def _hits(self, data: Any) -> Iterator[Hit]:
        found = at(data, self.results)
        if found is None:
            return
        if not isinstance(found, list):
            raise SearchError(unusable(self.name))
        for result in found:
            url = self.address_of(result)
            if isinstance(url, str) and url:
                score = result.get("score") if isinstance(result, dict) else None
                yield Hit(
                    url=url,
                    title=plain_line(words(at(result, self.title))),
                    snippet=plain(words(at(result, self.snippet)))[:LONGEST_SNIPPET],
                    score=min(max(float(score), 0.0), 1.0) if isinstance(score, int | float) else 0.0,
                )


def at(data: Any, path: str) -> Any:
    """What stands at a path like `data.items` or `pages.0.url`; the data itself for ''; None when nothing does."""
    for step in path.split(".") if path else ():
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
        else:
            return None
    return data


def words(value: Any) -> str:
    """Text that an engine may have marked up: `<b>` around what was searched for, `&amp;`, a list of excerpts."""
    if isinstance(value, list):
        return " … ".join(words(part) for part in value[:5])
    return unescape(_TAGS.sub("", value[: 4 * LONGEST_SNIPPET])) if isinstance(value, str) else ""
