"""The client of a model's connection: one per connection and event loop, renewed when its address or key changes."""

import asyncio
import random
import time
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakKeyDictionary

from django.utils.translation import gettext as _

from providers.addresses import is_private
from providers.base import ChatProvider, ProviderError
from providers.learning import memory_of
from providers.models import Connection
from providers.pools import hosts_of, running_elsewhere
from providers.products import LOADS_ON_DEMAND
from providers.tools import sessions
from providers.wire import Limits
from webui.crypto import SecretUnreadable

if TYPE_CHECKING:
    from providers.models import Model
    from providers.streaming import StreamingProvider

_LEFT_ALONE = 30  # seconds in which a host that was down is asked only when there is no other


@dataclass(frozen=True, slots=True)
class _Client:
    identity: tuple[object, ...]
    provider: "StreamingProvider"


# Sessions belong to the loop that opened them, so a client is never shared between loops.
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[UUID, _Client]] = WeakKeyDictionary()
_closing: set[asyncio.Task[None]] = set()


def provider_for(model: "Model") -> ChatProvider:
    """The provider that answers for this model, on the running event loop. Raises `ProviderError`.

    Cheap, when the model's connection is loaded: the key is decrypted only when it, or the address, is another one.
    """
    connection = model.connection
    identity = _identity(connection)
    clients = _clients.setdefault(asyncio.get_running_loop(), {})
    known = clients.get(connection.pk)
    if known is not None and known.identity == identity:
        known.provider.heed(model)
        return known.provider
    provider = _new(connection)
    provider.heed(model)
    clients[connection.pk] = _Client(identity, provider)
    if known is not None:  # answers that still stream keep the old one until they end
        task = asyncio.ensure_future(known.provider.retire())
        _closing.add(task)
        task.add_done_callback(_closing.discard)
    return provider


def place_for(model: "Model") -> "Model":
    """Where to ask for this model: on the host of its pool that has the least to do now, leaving out those that are
    down; the model itself when it shares with none. Never waits and asks nobody, so call it on the way to an answer.
    """
    if not model.connection.pool:
        return model
    hosts = [host for host in hosts_of(model, running_on) if not _failed_lately(host.connection_id)]
    if not hosts:
        return model
    running = {host.pk: running_on(host.connection_id) + running_elsewhere(host.connection_id) for host in hosts}
    least = min(running.values())
    return random.choice([host for host in hosts if running[host.pk] == least])


def running_on(connection: UUID) -> int:
    """The answers that this process has under way there, on all its loops."""
    return sum(client.provider.open for client in _clients_of(connection))


def is_busy_local(model: "Model") -> bool:
    """Whether an answer is being written right now, by this process, on this model's server in the house.

    Such a server is mostly one machine that does one thing at a time, so that what nobody waits for stays out of its
    way. Without a loaded connection nothing is known and nothing is asked.
    """
    known = _clients.get(asyncio.get_running_loop(), {}).get(model.connection_id)
    return known is not None and known.provider.open > 0 and is_private(known.provider.base_url)


def warm() -> None:
    """Import what the first answer needs: half a second of work, so call it in a thread at the start."""
    for name in ("providers.openai_compatible", "providers.ollama", "aiohttp.resolver"):
        import_module(name)


async def close_all() -> None:
    """Close the clients of the running loop, at shutdown; what still streams from them is cut off."""
    clients = _clients.pop(asyncio.get_running_loop(), {})
    await asyncio.gather(*(client.provider.close() for client in clients.values()), *_closing)
    await sessions.close_all()


def _clients_of(connection: UUID) -> list[_Client]:
    return [clients[connection] for clients in list(_clients.values()) if connection in clients]


def _failed_lately(connection: UUID) -> bool:
    now = time.monotonic()
    return any(now - client.provider.failed_at < _LEFT_ALONE for client in _clients_of(connection))


def _identity(connection: Connection) -> tuple[object, ...]:
    """Whatever makes another client of it."""
    return (
        *(connection.kind, connection.base_url, connection.product, connection.card_at),
        *(connection.encrypted_key, connection.encrypted_headers),
        *(connection.first_timeout, connection.idle_timeout),
    )


def _key_of(connection: Connection) -> str:
    return _read(connection, "api_key")


def _read(connection: Connection, secret: str) -> Any:
    try:
        return getattr(connection, secret)
    except SecretUnreadable:
        raise ProviderError(
            _("The key of the connection “%(name)s” cannot be read any more. An administrator has to enter it again.")
            % {"name": connection.name},
            code="unreadable_key",
        ) from None


def _new(connection: Connection) -> "StreamingProvider":
    from providers.ollama import OllamaProvider
    from providers.openai_compatible import OpenAIProvider

    kind = OllamaProvider if connection.kind == Connection.Kind.OLLAMA else OpenAIProvider
    provider = kind(connection.base_url, _key_of(connection), limits_of(connection))
    provider.own_headers = _read(connection, "headers")
    provider.memory = memory_of(connection)
    return provider


def limits_of(connection: Connection) -> Limits:
    """How long its answers may take: as everywhere, unless an administrator said otherwise."""
    limits = Limits()
    first = float(connection.first_timeout or limits.first)
    idle = float(connection.idle_timeout or limits.idle)
    # Where a model is loaded first, the first sign of life takes as long as the first word.
    loads = connection.kind == Connection.Kind.OLLAMA or connection.product in LOADS_ON_DEMAND
    headers = first if loads or connection.first_timeout else limits.headers
    return replace(limits, first=first, idle=idle, headers=headers, total=max(limits.total, 2 * first))
