"""What a site's robots.txt asks of programs. Pages that nobody pointed at are read only where it lets us."""

import asyncio
from urllib.parse import urlsplit

from protego import Protego

from knowledge.web.cache import PageCache
from knowledge.web.fetch import FetchError, FetchRefused, fetch

AGENT = "webui"  # as it stands in our `User-Agent`
LARGEST = 500_000  # characters, as RFC 9309 has it

# Kept for each person apart, so that nobody learns from the time what others have read.
_known: PageCache[Protego] = PageCache(seconds=600, largest=4 * 1024 * 1024)


def rules(text: str) -> Protego:
    return Protego.parse(text[:LARGEST])


class Robots:
    """One search's questions to the sites it found: each site is asked once, however many of its pages are hits."""

    def __init__(self, user_id: int) -> None:
        self._user_id = user_id
        self._asked: dict[str, asyncio.Task[Protego]] = {}

    async def permit(self, url: str) -> bool:
        """Whether this page may be read. Raises `FetchError` where the site fails to say, as the page itself would."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return True  # no address at all: the page says so in its own words
        site = f"{parts.scheme}://{parts.netloc}"
        known = _known.get((self._user_id, site))
        if known is None:
            if site not in self._asked:
                self._asked[site] = asyncio.create_task(self._rules(site))
            known = await asyncio.shield(self._asked[site])
        return bool(known.can_fetch(url, AGENT))

    def close(self) -> None:
        for asked in self._asked.values():
            if not asked.cancel() and not asked.cancelled():
                asked.exception()  # whoever waited for it has been told

    async def _rules(self, site: str) -> Protego:
        text = ""
        try:
            text = (await fetch(f"{site}/robots.txt", user_id=self._user_id)).text
        except FetchRefused:
            pass  # so will be the page, which says so in its own words
        except FetchError as error:
            if error.status is None or error.status >= 500:
                raise
        found = rules(text)
        _known.put((self._user_id, site), found, 1000 + 4 * min(len(text), LARGEST))
        return found
