"""The client of a model's connection: one per connection and event loop, renewed when its address or key changes."""

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID
from weakref import WeakKeyDictionary

from django.utils.translation import gettext as _

from providers.base import ChatProvider, ProviderError
from providers.models import Connection
from webui.crypto import SecretUnreadable

if TYPE_CHECKING:
    from providers.models import Model

# Sessions belong to the loop that opened them, so a client is never shared between loops.
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[UUID, tuple[object, ChatProvider]]] = WeakKeyDictionary()


def provider_for(model: "Model") -> ChatProvider:
    """The provider that answers for this model, on the running event loop. Raises `ProviderError`."""
    connection = model.connection
    try:
        key = connection.api_key
    except SecretUnreadable:
        raise ProviderError(
            _("The key of the connection “%(name)s” cannot be read any more. An administrator has to enter it again.")
            % {"name": connection.name},
            code="unreadable_key",
        ) from None
    return _client(connection.pk, connection.kind, connection.base_url, key)


def _client(pk: UUID, kind: str, base_url: str, key: str) -> ChatProvider:
    clients = _clients.setdefault(asyncio.get_running_loop(), {})
    identity = (kind, base_url, key)
    known = clients.get(pk)
    if known and known[0] == identity:
        return known[1]
    # An older client is only let go: answers that still stream hold it until they end.
    provider = _new(kind, base_url, key)
    clients[pk] = (identity, provider)
    return provider


def _new(kind: str, base_url: str, key: str) -> ChatProvider:
    if kind == Connection.Kind.OLLAMA:
        from providers.ollama import OllamaProvider

        return OllamaProvider(base_url, key)
    from providers.openai_compatible import OpenAIProvider

    return OpenAIProvider(base_url, key)


async def close_all() -> None:
    """Close the clients of the running loop, at shutdown."""
    for _identity, provider in _clients.pop(asyncio.get_running_loop(), {}).values():
        await provider.close()
