"""The usual mistakes in an address, tried out: another port, the other scheme, /v1 missing or too much."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from providers.addresses import Address, BadAddress, candidates, is_private
from providers.discovery import Listing, listing_of
from providers.failures import AnswerFailed
from providers.neighbours import neighbour_of

_SECONDS = 3.0
_TRIED_FOR = {"unreachable", "timeout", "tls", "wrong_path", "web_page", "bad_response", "redirected", "bad_request"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """An address that does answer, and in what it differs from the one that does not."""

    differs: Literal["port", "scheme", "path"]
    base_url: str
    kind: str
    product: str = ""

    @property
    def sentence(self) -> str:
        values = {"product": self.product or _("A model server"), "url": self.base_url}
        match self.differs:
            case "port":
                return _("But %(product)s answers at %(url)s.") % values
            case "scheme" if self.base_url.startswith("http:"):
                return _("%(product)s answers at %(url)s: without https, as is usual in a local network.") % values
            case "scheme":
                return _("%(product)s answers at %(url)s: it wants https.") % values
        return _("%(product)s answers at %(url)s: only the path was wrong.") % values


async def remedy_for(url: str, code: str) -> Remedy | None:
    """What to try instead of this address, which failed with this code. No key is sent anywhere."""
    if code not in _TRIED_FOR:
        return None
    if found := await _first(_variants(url)):
        return found
    if code in ("unreachable", "timeout") and is_private(url) and (other := await neighbour_of(url)):
        return Remedy(differs="port", base_url=other.base_url, kind=other.kind, product=other.product)
    return None


def _variants(url: str) -> list[tuple[Address, Literal["scheme", "path"]]]:
    parts = urlsplit(url)
    try:
        same = candidates(f"{parts.scheme}://{parts.netloc}")
        # Only in the house: a service far away that has no certificate is not to be trusted with anything.
        other = {"http": "https", "https": "http"}[parts.scheme] if is_private(url) else ""
        turned = candidates(f"{other}://{parts.netloc}{parts.path}") if other else ()
    except BadAddress:
        return []
    paths: list[tuple[Address, Literal["scheme", "path"]]] = [(one, "path") for one in same if one.base_url != url]
    return paths + [(one, "scheme") for one in turned]


async def _first(variants: Iterable[tuple[Address, Literal["scheme", "path"]]]) -> Remedy | None:
    async def tried(address: Address, differs: Literal["scheme", "path"]) -> Remedy | None:
        try:
            listing: Listing = await listing_of(address, seconds=_SECONDS)
        except AnswerFailed as problem:
            # Something that wants a key is what was looked for, too.
            wants_key = problem.failure.code == "unauthorized"
            return Remedy(differs=differs, base_url=address.base_url, kind=address.kind) if wants_key else None
        return Remedy(differs=differs, base_url=address.base_url, kind=address.kind, product=listing.product)

    tries = [asyncio.ensure_future(tried(address, differs)) for address, differs in variants]
    try:
        for attempt in asyncio.as_completed(tries):
            if remedy := await attempt:
                return remedy
        return None
    finally:
        for one in tries:
            one.cancel()
        await asyncio.gather(*tries, return_exceptions=True)
