"""What web search stands on now: the switch, the engines in their order, the domains, and who may use it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from knowledge.models import SearchEngine, WebSearchSettings
from knowledge.web import engines
from knowledge.web.domains import Domains, domains
from knowledge.web.engines import EngineAccess, EngineEntry
from knowledge.web.refusals import not_installed
from webui.crypto import SecretUnreadable

if TYPE_CHECKING:
    from webui.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInUse:
    """An engine that is set up; `row` is None for the one that stands in the environment. `problem`: why it cannot be
    asked."""

    kind: str
    entry: EngineEntry
    access: EngineAccess
    row: SearchEngine | None = None
    problem: str = ""

    @property
    def name(self) -> str:
        return self.access.name or self.entry.name

    def make(self) -> engines.SearchEngine:
        return self.entry.make(self.access)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """How the web is searched here."""

    settings: WebSearchSettings
    engines: tuple[EngineInUse, ...] = ()
    domains: Domains = field(default_factory=Domains)

    @property
    def usable(self) -> list[EngineInUse]:
        return [engine for engine in self.engines if not engine.problem]

    @property
    def ready(self) -> bool:
        return self.settings.enabled and bool(self.usable)


def stored() -> WebSearchSettings:
    """The panel's row; a fresh one, not saved, when nobody has set anything."""
    return WebSearchSettings.objects.filter(pk=1).first() or WebSearchSettings(pk=1)


def configured() -> Configured:
    """With two queries. The engine of the environment comes last, unless the panel has one of its kind."""
    settings, rows = stored(), list(SearchEngine.objects.all())
    found = [in_use(row) for row in rows if row.enabled and row.kind in engines.ENGINES]
    kinds = {row.kind for row in rows}
    for kind, entry in engines.ENGINES.items():
        given = entry.from_environment()
        if kind not in kinds and (given.api_key or given.base_url):
            found.append(EngineInUse(kind=kind, entry=entry, access=given))
    return Configured(
        settings=settings,
        engines=tuple(found),
        domains=domains(settings.allowed_domains, settings.denied_domains),
    )


def in_use(row: SearchEngine) -> EngineInUse:
    """The panel's words over the environment's."""
    entry = engines.ENGINES[row.kind]
    given, key, problem = entry.from_environment(), "", ""
    try:
        key = row.api_key
    except SecretUnreadable:
        problem = _("The stored key of %(engine)s cannot be read any more. An administrator can enter it again.")
    # The environment's key goes to the environment's address only.
    if not key and row.base_url in ("", given.base_url):
        key = given.api_key
    access = EngineAccess(
        api_key=key,
        base_url=row.base_url or given.base_url,
        name=row.name,
        options={name: str(value) for name, value in row.options.items()},
    )
    # An own address may be a server that asks for no key; the public service always does.
    if not problem and entry.key == "needed" and not (access.api_key or access.base_url):
        problem = _("%(engine)s has no key yet. An administrator can enter one in the panel.")
    if not problem and not (access.base_url or entry.address):
        problem = _("%(engine)s has no address yet. An administrator can enter it.")
    engine = row.name or entry.name
    problem = problem and problem % {"engine": engine}
    if not problem and not entry.is_installed:
        problem = not_installed(engine, entry.package)
    return EngineInUse(kind=row.kind, entry=entry, access=access, row=row, problem=problem)


def seconds() -> float:
    """How long a search may take, with the wording of its question."""
    return float(stored().seconds)


def available(user: "User") -> bool:
    """Whether this person may search the web here, and something is there to search with."""
    chosen = configured()
    return chosen.ready and chosen.settings.admits(user)
