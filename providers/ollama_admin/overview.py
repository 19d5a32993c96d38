"""All that the page of one Ollama server shows, asked at once. Never raises: what is wrong is a sentence in it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from providers.failures import AnswerFailed
from providers.models import Connection
from providers.ollama_admin.advice import code_of, sentence
from providers.ollama_admin.facts import InMemory, Installed, Shown
from providers.ollama_admin.host import OllamaHost
from webui.crypto import SecretUnreadable

_AT_ONCE = 8
_SECONDS = 2.5  # for the details of all models
_MOST_KEPT = 2000
_shown: dict[tuple[str, str], Shown] = {}  # by connection and digest: under one digest nothing ever changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A model of the server; `shown` is None when it did not tell in time."""

    installed: Installed
    shown: Shown | None
    loaded: InMemory | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    version: str = ""
    models: Sequence[Entry] = ()
    memory: Sequence[InMemory] = ()
    problem: str = ""

    @property
    def size(self) -> int:
        """Of all models on its disk, as Ollama counts them: shared layers several times."""
        return sum(entry.installed.size for entry in self.models)


async def overviews(connections: Sequence[Connection], *, details: bool = False) -> list[Overview]:
    return await asyncio.gather(*(overview(connection, details=details) for connection in connections))


async def overview(connection: Connection, *, details: bool = True) -> Overview:
    try:
        async with OllamaHost(connection) as host:
            version, installed, memory = await asyncio.gather(host.version(), host.installed(), host.in_memory())
            known = await _all_shown(host, connection, installed) if details else {}
    except AnswerFailed as problem:
        return Overview(problem=sentence(code_of(problem.failure), problem.failure.said))
    except SecretUnreadable:
        return Overview(problem=sentence("unreadable_key"))
    loaded = {entry.name: entry for entry in memory}
    models = [
        Entry(installed=model, shown=known.get(model.name), loaded=loaded.get(model.name))
        for model in sorted(installed, key=lambda model: model.name.lower())
    ]
    return Overview(version=version, models=models, memory=memory)


async def _all_shown(host: OllamaHost, connection: Connection, models: Sequence[Installed]) -> dict[str, Shown]:
    turn = asyncio.Semaphore(_AT_ONCE)
    found: dict[str, Shown] = {}

    async def look(model: Installed) -> None:
        key = (str(connection.pk), model.digest or model.name)
        if key not in _shown or not model.digest:
            async with turn:
                with suppress(AnswerFailed):
                    _shown[key] = await host.show(model.name)
        if key in _shown:
            found[model.name] = _shown[key]

    while len(_shown) > _MOST_KEPT:
        _shown.pop(next(iter(_shown)))
    with suppress(TimeoutError):
        async with asyncio.timeout(_SECONDS):
            await asyncio.gather(*map(look, models))
    return found
