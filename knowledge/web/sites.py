"""A site, page after page: from its sitemap, or by following links to a depth. Through the guarded client alone.

Stays on one host, asks robots.txt first, and leaves a pause between pages. `Walk` is what a walk has still to do; it
goes into JSON and back, so that another process can go on with it.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin, urlsplit

from knowledge.web.fetch import FetchError, Page, fetch
from knowledge.web.robots import AGENT, LARGEST, rules

log = logging.getLogger(__name__)
MOST_PAGES = 500
MOST_DEPTH = 5
PAUSE, LONGEST_PAUSE = 1.0, 10.0
_MOST_KNOWN = 5000  # addresses, read or to be read
_MOST_LINKS = 500  # of one page
_SITEMAPS = 20
_LARGEST_HTML = 2 * 1024 * 1024
_PLACES = re.compile(r"<loc>\s*(?:<!\[CDATA\[)?\s*([^<\s\]]{1,2000})", re.IGNORECASE)
_LINKS = re.compile(r"<a\s[^>]{0,500}?href\s*=\s*[\"']?([^\"'\s>]{1,2000})", re.IGNORECASE)
_NOT_PAGES = re.compile(r"\.(?:png|jpe?g|gif|webp|svg|ico|css|js|mjs|json|mp[34]|avi|mov|woff2?|ttf|zip|gz|exe|dmg)$")


@dataclass(slots=True, kw_only=True)
class Walk:
    """`left` are addresses with how many links further may be followed from each."""

    host: str
    left: list[tuple[str, int]] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    robots: str = ""
    pause: float = PAUSE

    def add(self, addresses: Iterable[str], depth: int) -> None:
        """Those on this host that are not known yet."""
        seen = set(self.known)
        for address in addresses:
            plain = urldefrag(address)[0]
            if plain in seen or len(self.known) >= _MOST_KNOWN or not self.holds(plain):
                continue
            seen.add(plain)
            self.known.append(plain)
            self.left.append((plain, depth))

    def holds(self, address: str) -> bool:
        parts = urlsplit(address)
        return (
            parts.scheme in ("http", "https")
            and (parts.hostname or "").lower() == self.host
            and not _NOT_PAGES.search(parts.path.lower())
        )

    def allows(self, address: str) -> bool:
        return bool(rules(self.robots).can_fetch(address, AGENT))


async def begin(address: str, *, depth: int, user_id: int) -> Walk:
    """What there is to fetch. A sitemap names its pages; any other address is where links are followed from.

    Raises `FetchError` when the address itself cannot be had.
    """
    first = await fetch(address, user_id=user_id)
    walk = Walk(host=(urlsplit(first.final_url).hostname or "").lower())
    walk.robots = await _robots(first.final_url, user_id)
    delay = rules(walk.robots).crawl_delay(AGENT)
    walk.pause = min(max(PAUSE, float(delay or 0)), LONGEST_PAUSE)
    if _is_sitemap(first):
        walk.add(await _pages_of(first, walk, user_id), 0)
    else:
        walk.add([first.final_url], min(depth, MOST_DEPTH))
    return walk


def links_of(page: Page) -> list[str]:
    """The addresses that a page of HTML leads to, in their order."""
    if "html" not in page.media_type:
        return []
    found = _LINKS.findall(page.text[:_LARGEST_HTML])[:_MOST_LINKS]
    links = []
    for link in found:
        try:
            links.append(urljoin(page.final_url, link.replace("&amp;", "&")))
        except ValueError:
            continue
    return links


async def _robots(address: str, user_id: int) -> str:
    """What robots.txt says. A site that says it has none may be read; one that fails to say may not."""
    parts = urlsplit(address)
    try:
        page = await fetch(f"{parts.scheme}://{parts.netloc}/robots.txt", user_id=user_id)
    except FetchError as error:
        refused = error.status is None or error.status >= 500
        return "User-agent: *\nDisallow: /" if refused else ""
    return page.text[:LARGEST]


def _is_sitemap(page: Page) -> bool:
    return bool(re.search(r"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]", page.text[:2000]))


async def _pages_of(sitemap: Page, walk: Walk, user_id: int) -> Sequence[str]:
    """The pages of a sitemap, and of those that it names when it is a list of sitemaps."""
    places = [place.replace("&amp;", "&") for place in _PLACES.findall(sitemap.text)]
    if "<sitemapindex" not in sitemap.text[:2000]:
        return places
    found: list[str] = []
    for place in places[:_SITEMAPS]:
        if not walk.holds(place) or not walk.allows(place):
            continue
        try:
            page = await fetch(place, user_id=user_id)
        except FetchError as error:
            log.info("A sitemap was left out: %s", error)
            continue
        found += [one.replace("&amp;", "&") for one in _PLACES.findall(page.text)]
    return found
