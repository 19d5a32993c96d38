"""The seam for search engines: what one is, and which there are. docs/adding-a-search-engine.md lists the steps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Literal, Protocol, cast

from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from webui.conf import conf


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One result of an engine. `snippet` is the engine's own excerpt, cleaned; `score` is 0…1, 0 when it gives none."""

    url: str
    title: str
    snippet: str
    score: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineAccess:
    """How to reach an engine, and what it is called here; '' where nothing was given."""

    api_key: str = field(default="", repr=False)
    base_url: str = ""
    name: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


class SearchEngine(Protocol):
    """Finds pages. `search` raises `SearchError` with a sentence, and nothing else.

    `quota` is what is left of the plan, as the last answer told it; '' when it did not.
    """

    name: str
    quota: str

    def __init__(self, access: EngineAccess) -> None: ...

    async def search(self, query: str, *, limit: int, seconds: float) -> list[Hit]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What a kind of engine asks for besides key and address."""

    name: str
    label: str | Promise
    help: str | Promise = ""
    required: bool = False
    default: str = ""
    long: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineEntry:
    """`path` is imported by the first search: what an engine needs costs nothing until someone uses it.

    `address` is that of the public service, '' where an administrator has to name one; `home` is where a key is had.
    """

    name: str
    path: str
    address: str = ""
    key: Literal["needed", "optional", "none"] = "needed"
    home: str = ""
    about: str | Promise = ""
    options: tuple[Option, ...] = ()
    from_environment: Callable[[], EngineAccess] = EngineAccess
    package: str = ""  # that it needs beside ours

    @property
    def is_installed(self) -> bool:
        return not self.package or find_spec(self.package) is not None

    def make(self, access: EngineAccess) -> SearchEngine:
        return cast(SearchEngine, import_string(self.path)(access))


_LANGUAGE = Option(name="language", label=_("Language"), help=_("Like en or zh-CN. Empty: any."))
_GENERIC = (
    Option(name="method", label=_("Method"), default="GET", choices=("GET", "POST")),
    Option(name="headers", label=_("Headers"), help=_("One a line, like X-Api-Key: {key}."), long=True),
    Option(
        name="body",
        label=_("Body"),
        help=_('JSON for POST, like {"q": "{query}", "count": {limit}}.'),
        long=True,
    ),
    Option(name="results", label=_("Where the results stand"), help=_("Like data.items"), required=True),
    Option(name="url", label=_("Address of a result"), default="url", required=True),
    Option(name="title", label=_("Title of a result"), default="title"),
    Option(name="snippet", label=_("Excerpt of a result"), default="snippet"),
)

ENGINES: dict[str, EngineEntry] = {
    "tavily": EngineEntry(
        name="Tavily",
        path="knowledge.web.vendors.tavily.TavilyEngine",
        address="https://api.tavily.com",
        home="tavily.com",
        from_environment=lambda: EngineAccess(api_key=conf.tavily_api_key, base_url=conf.tavily_base_url),
    ),
    "searxng": EngineEntry(
        name="SearXNG",
        path="knowledge.web.vendors.searxng.SearxngEngine",
        key="none",
        about=_("A server of your own. It answers programs when json stands in search.formats of its settings.yml."),
        options=(
            _LANGUAGE,
            Option(name="categories", label=_("Categories"), help=_("Like general,news. Empty: its own choice.")),
            Option(name="engines", label=_("Its engines"), help=_("Like bing,baidu. Empty: its own choice.")),
        ),
    ),
    "brave": EngineEntry(
        name="Brave",
        path="knowledge.web.vendors.brave.BraveEngine",
        address="https://api.search.brave.com",
        home="api-dashboard.search.brave.com",
    ),
    "bocha": EngineEntry(
        name="博查 Bocha",
        path="knowledge.web.vendors.bocha.BochaEngine",
        address="https://api.bochaai.com",
        home="open.bochaai.com",
    ),
    "serper": EngineEntry(
        name="Serper",
        path="knowledge.web.vendors.serper.SerperEngine",
        address="https://google.serper.dev",
        home="serper.dev",
        options=(
            Option(name="gl", label=_("Country"), help=_("Two letters, like us or cn. Empty: any.")),
            Option(name="hl", label=_("Language"), help=_("Like en or zh-cn. Empty: any.")),
        ),
    ),
    "exa": EngineEntry(
        name="Exa", path="knowledge.web.vendors.exa.ExaEngine", address="https://api.exa.ai", home="dashboard.exa.ai"
    ),
    "google": EngineEntry(
        name="Google PSE",
        path="knowledge.web.vendors.google.GoogleEngine",
        address="https://www.googleapis.com",
        home="programmablesearchengine.google.com",
        options=(
            Option(
                name="cx", label=_("Search engine ID"), help=_("From the control panel of your engine."), required=True
            ),
        ),
    ),
    "kagi": EngineEntry(
        name="Kagi", path="knowledge.web.vendors.kagi.KagiEngine", address="https://kagi.com", home="kagi.com/api/keys"
    ),
    "jina": EngineEntry(
        name="Jina", path="knowledge.web.vendors.jina.JinaEngine", address="https://s.jina.ai", home="jina.ai"
    ),
    "perplexity": EngineEntry(
        name="Perplexity",
        path="knowledge.web.vendors.perplexity.PerplexityEngine",
        address="https://api.perplexity.ai",
        home="perplexity.ai/settings/api",
    ),
    "wikipedia": EngineEntry(
        name="Wikipedia",
        path="knowledge.web.vendors.wikipedia.WikipediaEngine",
        address="https://{language}.wikipedia.org",
        key="none",
        about=_("Needs no key. Finds articles of the encyclopedia alone."),
        options=(
            Option(name="language", label=_("Language"), help=_("Like en or zh. Empty: as the question is written.")),
        ),
    ),
    "ddgs": EngineEntry(
        name="DDGS",
        path="knowledge.web.vendors.keyless.KeylessEngine",
        address="duckduckgo.com …",
        key="none",
        about=_("Needs no key: reads the result pages of public search engines, which may refuse that at any time."),
        package="ddgs",
        options=(
            Option(name="backend", label=_("Where to search"), default="auto", help=_("Like duckduckgo,brave,mojeek.")),
            Option(name="region", label=_("Region"), default="wt-wt", help=_("Like us-en or cn-zh.")),
        ),
    ),
    "json": EngineEntry(
        name="JSON",
        path="knowledge.web.vendors.generic.GenericEngine",
        key="optional",
        about=_("Any engine that answers with JSON. {query}, {limit} and {key} are filled in."),
        options=_GENERIC,
    ),
}
DEFAULT = "tavily"
# What can be asked without an account anywhere, the broader one first.
KEYLESS = ("ddgs", "wikipedia")
