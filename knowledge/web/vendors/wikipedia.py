"""Wikipedia, or another wiki of its kind. `GET /w/api.php?list=search`; needs no key."""

from typing import Any
from urllib.parse import quote

from knowledge.segmentation import is_cjk
from knowledge.web.client import Ask
from knowledge.web.vendors.base import JsonEngine, at


class WikipediaEngine(JsonEngine):
    name = "Wikipedia"
    address = "https://{language}.wikipedia.org"
    results = "query.search"

    def request(self, query: str, limit: int) -> Ask:
        language = self.access.options.get("language") or ("zh" if is_cjk(query) else "en")
        self.base = self.base.replace("{language}", language)
        return Ask(
            url=f"{self.base}/w/api.php",
            params={
                **{"action": "query", "list": "search", "format": "json", "formatversion": 2},
                **{"srsearch": query[:300], "srlimit": limit},
            },
        )

    def address_of(self, result: Any) -> Any:
        title = at(result, "title")
        return f"{self.base}/wiki/{quote(title.replace(' ', '_'))}" if isinstance(title, str) else None
