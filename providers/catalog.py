"""The models we know of: discovery stored, so that pages read the database and never wait for a server."""

import asyncio
import logging
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest
from typing import Literal

from asgiref.sync import async_to_sync, sync_to_async
from django.db import close_old_connections, transaction
from django.utils import timezone

from providers import pools, stock
from providers.addresses import Address, BadAddress, candidates
from providers.advice import address_advice, advice
from providers.discovery import Listing, listing_of, look
from providers.failures import AnswerFailed
from providers.models import Connection
from providers.voice import local as voice
from webui.conf import conf
from webui.crypto import SecretUnreadable

log = logging.getLogger(__name__)

STALE_AFTER = 60.0  # seconds
ENVIRONMENT = "environment"  # the pool of the Ollamas of OLLAMA_BASE_URL
_refreshing = threading.Lock()
_refreshed_at = float("-inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """How a look at a connection went: `problem` is a sentence, empty when all is well."""

    models: int
    problem: str = ""


def discover(connection: Connection, *, afresh: bool = False) -> Discovery:
    """Ask the connection's server for its models and store what it says; `afresh`: it may be another server now."""
    return store(connection, async_to_sync(_ask)(connection, afresh=afresh))


def discover_all(connections: Sequence[Connection]) -> list[Discovery]:
    """The same for several at once: a dead server costs the others nothing and marks only its own models."""
    return async_to_sync(_discover_each)(connections)


async def _discover_each(connections: Iterable[Connection]) -> list[Discovery]:
    """Each is stored as soon as it has answered, while the others are waited for."""

    async def one(connection: Connection) -> Discovery:
        return await sync_to_async(store)(connection, await _ask(connection))

    return await asyncio.gather(*map(one, connections))


async def _ask(connection: Connection, *, afresh: bool = False) -> Listing | str:
    """The listing, or the code of what went wrong."""
    try:
        key, headers = connection.api_key, connection.headers
        if not afresh and (connection.product or not connection.from_environment):
            return await listing_of(address_of(connection), key, headers)
        # It was down when it was added, or has moved, so its address is still a guess.
        return await look(connection.base_url.removesuffix("/v1"), key, headers)
    except AnswerFailed as problem:
        return problem.failure.code
    except SecretUnreadable:
        return "unreadable_key"


def address_of(connection: Connection) -> Address:
    kind: Literal["openai", "ollama"] = "ollama" if connection.kind == Connection.Kind.OLLAMA else "openai"
    return Address(kind=kind, base_url=voice.address_of(connection))


def store(connection: Connection, outcome: Listing | str) -> Discovery:
    """Write down what was found. A server that is away keeps its models, marked by the connection's problem."""
    if isinstance(outcome, Listing):
        connection.kind = outcome.address.kind
        connection.base_url = outcome.address.base_url
        if not voice.is_local(connection):
            connection.product = outcome.product or connection.product
        has_own = bool(outcome.models) or connection.models.filter(by_hand=True).exists()
        # Some servers list their models to everybody and look at the key only in a chat.
        refused = "unauthorized" if connection.card.get("problem") == "unauthorized" else ""
        connection.problem_code = refused if has_own else "no_models"
    else:
        by_hand = outcome == "no_list" and connection.models.filter(by_hand=True).exists()
        connection.problem_code = "" if by_hand else outcome
    connection.problem = advice(connection.problem_code, connection.base_url, with_key=bool(connection.encrypted_key))
    connection.checked_at = timezone.now()
    with transaction.atomic():
        # Only these: an administrator may be editing the rest, or have deleted the row.
        fields = ["kind", "base_url", "product", "problem_code", "problem", "checked_at"]
        written = Connection.objects.filter(pk=connection.pk).update(
            **{name: getattr(connection, name) for name in fields}
        )
        if written and isinstance(outcome, Listing):
            stock.keep(connection, outcome.models)
    if written and connection.pool:
        pools.arrange(connection)
    return Discovery(models=connection.models.filter(present=True).count(), problem=connection.problem)


def connect_from_environment() -> None:
    """Make the connections that the environment names, once, and look at them. A server may be down: it comes later."""
    wanted = [*zip_longest(_openai_urls(), conf.openai_api_keys[: len(_openai_urls())], fillvalue="")]
    wanted += [(url, "") for url in conf.ollama_base_urls]
    made = [connection for url, key in wanted if (connection := _from_environment(url, key))]
    hosts = [connection for connection in made if connection.kind == Connection.Kind.OLLAMA]
    if len(hosts) > 1 and not any(connection.pool for connection in hosts):
        # Whoever names several Ollamas means one: the same model on two of them is one model.
        Connection.objects.filter(pk__in=[connection.pk for connection in hosts]).update(pool=ENVIRONMENT)
        for connection in hosts:
            connection.pool = ENVIRONMENT
    if made:
        discover_all(made)


def _openai_urls() -> tuple[str, ...]:
    return conf.openai_base_urls or (("https://api.openai.com/v1",) if any(conf.openai_api_keys) else ())


def _from_environment(url: str, key: str) -> Connection | None:
    try:
        options = candidates(url)
    except BadAddress as problem:
        log.error("OPENAI_BASE_URL or OLLAMA_BASE_URL names %r: %s", url, address_advice(str(problem)))
        return None
    if url in conf.ollama_base_urls:
        options = options[:1]
    connection = Connection.objects.filter(base_url__in=[option.base_url for option in options]).first()
    if connection is None:
        guess = options[0] if len(options) == 1 else options[1]
        name = guess.base_url.partition("//")[2].removesuffix("/v1")
        connection = Connection(name=name, kind=guess.kind, base_url=guess.base_url, from_environment=True)
    if connection.from_environment and (connection._state.adding or not _has_key(connection, key)):
        connection.api_key = key
        connection.save()
    return connection if connection.enabled else None


def _has_key(connection: Connection, key: str) -> bool:
    try:
        return connection.api_key == key
    except SecretUnreadable:
        return False


def refresh_if_stale() -> bool:
    """Look again at what was seen too long ago, in the background; whether that was begun. Never waits, never raises.

    Called whenever somebody opens the picker. Connections that nobody has looked at yet are left to who adds them.
    """
    global _refreshed_at  # noqa: PLW0603 - one clock per process
    if time.monotonic() - _refreshed_at < STALE_AFTER:
        return False
    _refreshed_at = time.monotonic()
    before = timezone.now() - timedelta(seconds=STALE_AFTER)
    stale = list(Connection.objects.filter(enabled=True, checked_at__lt=before))
    if not stale or not _refreshing.acquire(blocking=False):
        return False
    threading.Thread(target=_refresh, args=(stale,), name="catalogue", daemon=True).start()
    return True


def _refresh(stale: Sequence[Connection]) -> None:
    try:
        discover_all(stale)
    except Exception:  # the rim of this thread: nobody else would hear of it
        log.exception("The catalogue could not be refreshed")
    finally:
        close_old_connections()
        _refreshing.release()
