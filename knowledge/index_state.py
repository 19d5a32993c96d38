"""How Chroma stands, by plain HTTP: a look at it must not load Chroma's client, which is a quarter of a process.

Raises what the given `ask` raises.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"
_PAGE = 1000

Ask = Callable[[str], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexState:
    """`vectors` are those of libraries (without the collection that repeats them); None when there was no time.

    `counts` has the vectors of each library's collection by its name, as far as there was time.
    """

    version: str
    collections: int
    vectors: int | None
    counts: Mapping[str, int] = field(default_factory=dict)


def index_state(url: str, ask: Ask, *, seconds: float) -> IndexState:
    """`ask` gives the JSON at an address; counting stops after so many seconds."""
    end = time.monotonic() + seconds
    version = str(ask(f"{url}/api/v2/version"))
    found: list[dict[str, Any]] = []
    while page := ask(f"{url}{_COLLECTIONS}?limit={_PAGE}&offset={len(found)}"):
        found += page
        if len(page) < _PAGE or time.monotonic() > end:
            break
    counts: dict[str, int] = {}
    of_libraries = [one for one in found if str(one["name"]).startswith("library-")]
    for one in of_libraries:
        if time.monotonic() > end:
            break
        counts[str(one["name"])] = int(ask(f"{url}{_COLLECTIONS}/{one['id']}/count"))
    total = sum(counts.values()) if len(counts) == len(of_libraries) else None
    return IndexState(version=version, collections=len(found), vectors=total, counts=counts)
