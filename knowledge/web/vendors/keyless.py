"""Public search engines without a key, through the package ddgs, which reads their result pages.

The package brings an HTTP client of its own that passes for a browser, so it is an extra (`keyless`, which `make run`
installs). It is asked for addresses alone; the pages are read by our own client, under our own name.
"""

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.utils.translation import gettext as _

from knowledge.passages import SearchError
from knowledge.web.engines import EngineAccess, Hit
from knowledge.web.plaintext import plain, plain_line
from knowledge.web.refusals import not_installed, too_slow
from knowledge.web.vendors.base import LONGEST_QUERY, LONGEST_SNIPPET, words

_asking = ThreadPoolExecutor(max_workers=4, thread_name_prefix="keyless")


class KeylessEngine:
    name = "DDGS"

    def __init__(self, access: EngineAccess) -> None:
        self._access = access
        self.name = access.name or "DDGS"
        self.quota = ""

    async def search(self, query: str, *, limit: int, seconds: float) -> list[Hit]:
        loop = asyncio.get_running_loop()
        query = " ".join(query.split())[:LONGEST_QUERY]
        try:
            async with asyncio.timeout(seconds):
                found = await loop.run_in_executor(_asking, self._text, query, limit, math.ceil(seconds))
        except TimeoutError:
            raise SearchError(too_slow(self.name)) from None
        return [
            Hit(
                url=str(one.get("href") or ""),
                title=plain_line(words(one.get("title"))),
                snippet=plain(words(one.get("body")))[:LONGEST_SNIPPET],
            )
            for one in found[:limit]
            if isinstance(one, dict) and one.get("href")
        ]

    def _text(self, query: str, limit: int, seconds: int) -> list[Any]:
        try:
            from ddgs import DDGS
            from ddgs.exceptions import DDGSException
        except ImportError:
            raise SearchError(not_installed(self.name, "ddgs")) from None
        options = self._access.options
        try:
            return list(
                DDGS(timeout=seconds).text(
                    query,
                    max_results=limit,
                    backend=options.get("backend") or "auto",
                    region=options.get("region") or "wt-wt",
                )
            )
        except DDGSException as error:
            if "No results" in str(error):
                return []
            raise SearchError(
                _("%(engine)s got no answer from the public search engines.") % {"engine": self.name}
            ) from None
