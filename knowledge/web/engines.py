"""The seam for search engines: what one is, which there are, and the one in use.

docs/adding-a-search-engine.md lists the steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from knowledge.models import WebSearchSettings
from knowledge.passages import SearchError
from webui.conf import conf
from webui.crypto import SecretUnreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One result of an engine. `snippet` is the engine's own excerpt, cleaned; `score` is 0…1, 0 when it gives none."""

    url: str
    title: str
    snippet: str
    score: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineAccess:
    """How to reach an engine; '' where nothing was given."""

    api_key: str = ""
    base_url: str = ""


class SearchEngine(Protocol):
    """Finds pages. `search` raises `SearchError` with a sentence, and nothing else."""

    name: str

    def __init__(self, access: EngineAccess) -> None: ...

    async def search(self, query: str, *, limit: int, seconds: float) -> list[Hit]: ...


@dataclass(frozen=True, slots=True)
class EngineEntry:
    """`path` is imported on first use: an engine's package costs nothing until someone searches."""

    name: str
    path: str
    from_environment: Callable[[], EngineAccess]


ENGINES: dict[str, EngineEntry] = {
    "tavily": EngineEntry(
        "Tavily",
        "knowledge.web.tavily.TavilyEngine",
        lambda: EngineAccess(api_key=conf.tavily_api_key, base_url=conf.tavily_base_url),
    ),
}
DEFAULT = "tavily"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """The engine in use and how it is used."""

    enabled: bool
    entry: EngineEntry
    access: EngineAccess
    results: int

    @property
    def has_access(self) -> bool:
        # An own address may be a server that asks for no key; the public service always does.
        return bool(self.access.api_key or self.access.base_url)

    @property
    def ready(self) -> bool:
        return self.enabled and self.has_access

    def engine(self) -> SearchEngine:
        return cast(SearchEngine, import_string(self.entry.path)(self.access))


def stored() -> WebSearchSettings:
    """The panel's row; a fresh one, not saved, when nobody has set anything."""
    return WebSearchSettings.objects.filter(pk=1).first() or WebSearchSettings(pk=1)


def configured() -> Configured:
    """The panel's words over the environment's. Raises `SearchError` when the stored key cannot be read."""
    row, entry = stored(), ENGINES[DEFAULT]
    given = entry.from_environment()
    try:
        key = row.api_key
    except SecretUnreadable:
        raise SearchError(
            _("The stored key for web search cannot be read any more. An administrator can enter it again.")
        ) from None
    # The environment's key goes to the environment's address only.
    if not key and row.base_url in ("", given.base_url):
        key = given.api_key
    return Configured(
        enabled=row.enabled,
        entry=entry,
        access=EngineAccess(api_key=key, base_url=row.base_url or given.base_url),
        results=row.results,
    )
