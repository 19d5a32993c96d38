"""The client of a model's connection: one per connection and event loop, renewed when its address or key changes."""

import asyncio
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING
from uuid import UUID
from weakref import WeakKeyDictionary

from django.utils.translation import gettext as _

from providers.addresses import is_private
from providers.base import ChatProvider, ProviderError
from providers.models import Connection
from webui.crypto import SecretUnreadable

if TYPE_CHECKING:
    from providers.models import Model
    from providers.streaming import StreamingProvider

# These load a model when it is asked for, which takes longer than a server should need for its first sign of life.
_LOADS_ON_DEMAND = {"LM Studio", "llama.cpp", "LocalAI", "text-generation-webui", "Ollama"}


@dataclass(frozen=True, slots=True)
class _Client:
    identity: tuple[str, ...]
    provider: "StreamingProvider"


# Sessions belong to the loop that opened them, so a client is never shared between loops.
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[UUID, _Client]] = WeakKeyDictionary()
_closing: set[asyncio.Task[None]] = set()


def provider_for(model: "Model") -> ChatProvider:
    """The provider that answers for this model, on the running event loop. Raises `ProviderError`.

    Cheap, when the model's connection is loaded: the key is decrypted only when it, or the address, is another one.
    """
    connection = model.connection
    identity = (connection.kind, connection.base_url, connection.encrypted_key, connection.product)
    clients = _clients.setdefault(asyncio.get_running_loop(), {})
    known = clients.get(connection.pk)
    if known is not None and known.identity == identity:
        known.provider.heed(model)
        return known.provider
    provider = _new(connection, _key_of(connection))
    provider.heed(model)
    clients[connection.pk] = _Client(identity, provider)
    if known is not None:  # answers that still stream keep the old one until they end
        task = asyncio.ensure_future(known.provider.retire())
        _closing.add(task)
        task.add_done_callback(_closing.discard)
    return provider


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


def _key_of(connection: Connection) -> str:
    try:
        return connection.api_key
    except SecretUnreadable:
        raise ProviderError(
            _("The key of the connection “%(name)s” cannot be read any more. An administrator has to enter it again.")
            % {"name": connection.name},
            code="unreadable_key",
        ) from None


def _new(connection: Connection, key: str) -> "StreamingProvider":
    if connection.kind == Connection.Kind.OLLAMA:
        from providers.ollama import OllamaProvider

        return OllamaProvider(connection.base_url, key)
    from providers.openai_compatible import OpenAIProvider
    from providers.wire import Limits

    limits = Limits(headers=Limits().first) if connection.product in _LOADS_ON_DEMAND else Limits()
    return OpenAIProvider(connection.base_url, key, limits)
