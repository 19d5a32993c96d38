"""Connections that share the load: the same model on several hosts is one model to people.

`arrange` keeps the rows in order: one of equal names leads, has the rights and stands in pickers, on a host that works;
the others are its replicas. `hosts_of` tells from memory where a model is alive, so that no answer waits for a query.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from uuid import UUID

from django.db import DatabaseError, close_old_connections, transaction
from django.db.models import Q

from providers import elsewhere
from providers.models import Connection, Model

log = logging.getLogger(__name__)

_FRESH_FOR = 3.0  # seconds
_reading = threading.Lock()
_table: dict[int, tuple[Model, ...]] = {}
_elsewhere: dict[UUID, int] = {}
Running = Callable[[UUID], int]
_read_at = float("-inf")


def hosts_of(model: Model, running: Running) -> tuple[Model, ...]:
    """The model on every host that works, as of some seconds ago; nothing when that is not known yet.

    `running` counts what this process has under way on a connection, which the other processes are told.
    """
    if time.monotonic() - _read_at > _FRESH_FOR and _reading.acquire(blocking=False):
        threading.Thread(target=_read_beside, args=(running,), name="pools", daemon=True).start()
    return _table.get(model.replica_of_id or model.pk, ())


def running_elsewhere(connection: UUID) -> int:
    """The answers that other processes had under way there some seconds ago."""
    return _elsewhere.get(connection, 0)


def read(running: Running) -> None:
    """Look up who shares with whom, and hear what they have to do for others."""
    global _table, _elsewhere, _read_at  # noqa: PLW0603 - one table per process
    hosts: dict[int, list[Model]] = defaultdict(list)
    for row in Model.objects.exclude(connection__pool="").select_related("connection").order_by("pk"):
        if is_alive(row):
            hosts[row.replica_of_id or row.pk].append(row)
    _table = {leader: tuple(rows) for leader, rows in hosts.items()}
    connections = {row.connection_id for rows in hosts.values() for row in rows}
    _elsewhere = elsewhere.exchange({connection: running(connection) for connection in connections})
    _read_at = time.monotonic()


def _read_beside(running: Running) -> None:
    from redis import RedisError  # the shared cache of several processes

    try:
        read(running)
    except (DatabaseError, RedisError):
        log.exception("The pools could not be read")
    finally:
        close_old_connections()
        _reading.release()


def is_alive(row: Model) -> bool:
    """Whether its host would answer for it, as far as the last look tells."""
    return row.present and row.connection.enabled and not row.connection.problem_code


def arrange(connection: Connection | None = None) -> None:
    """Bring leaders and replicas in order, for the pool of this connection (and what left it) or for all."""
    rows = Model.objects.select_related("connection").order_by("pk")
    concerned = rows.filter(~Q(connection__pool="") | Q(replica_of__isnull=False))
    if connection is not None:
        same = Q(connection__pool=connection.pool) & ~Q(connection__pool="")
        concerned = concerned.filter(same | Q(connection=connection) | Q(replica_of__connection=connection))
    teams: dict[tuple[str, str], list[Model]] = defaultdict(list)
    with transaction.atomic():
        for row in concerned:
            alone = str(row.pk) if not row.connection.pool else ""
            teams[row.connection.pool or alone, row.name].append(row)
        for team in teams.values():
            _lead(team)
    _forget()


def _lead(team: list[Model]) -> None:
    """One row leads; it moves to a host that works when its own does not."""
    leader = next((row for row in team if row.replica_of_id is None), team[0])
    _follow(leader, None)
    for row in team:
        if row.pk != leader.pk:
            _follow(row, leader)
    if not is_alive(leader):
        better = next((row for row in team if row.pk != leader.pk and is_alive(row)), None)
        if better is not None:
            _exchange(leader, better)


def _follow(row: Model, leader: Model | None) -> None:
    wanted = leader.pk if leader else None
    if row.replica_of_id != wanted:
        row.replica_of_id = wanted
        row.save(update_fields=["replica_of"])


# What belongs to the host and not to the people: it goes with the connection when two rows change places.
_OF_THE_HOST = ("connection_id", "present", "by_hand", "window", "window_by_hand", "digest", "digest_changed_at")


def _exchange(one: Model, other: Model) -> None:
    """The rights, the public id and the history stay; the hosts change."""
    first, second = ({name: getattr(row, name) for name in _OF_THE_HOST} for row in (one, other))
    # A name is there once on a connection, also for the moment in between.
    Model.objects.filter(pk=other.pk).update(name=f"{other.name[:290]}\x1f")
    Model.objects.filter(pk=one.pk).update(**second)
    Model.objects.filter(pk=other.pk).update(name=other.name, **first)


def leave(connection: Connection) -> None:
    """Before a connection is deleted: what others of its pool have too goes on there, with its rights."""
    others = Model.objects.filter(replica_of__connection=connection).exclude(connection=connection)
    with transaction.atomic():
        for replica in others.select_related("replica_of").order_by("pk"):
            leader = replica.replica_of
            if leader is not None and leader.connection_id == connection.pk:
                current = Model.objects.get(pk=leader.pk)
                if current.connection_id == connection.pk:
                    _exchange(current, replica)
    _forget()


def join(connection: Connection, partner: Connection | None) -> None:
    """Share the load with a partner and its pool, or with nobody."""
    before = connection.pool
    if partner is None:
        connection.pool = ""
    else:
        connection.pool = partner.pool or str(partner.pk)
        Connection.objects.filter(pk=partner.pk).update(pool=connection.pool)
    Connection.objects.filter(pk=connection.pk).update(pool=connection.pool)
    if before and before != connection.pool:
        _dissolve_alone(before)
    arrange()


def _dissolve_alone(pool: str) -> None:
    left: Iterable[UUID] = Connection.objects.filter(pool=pool).values_list("pk", flat=True)[:2]
    if len(list(left)) == 1:
        Connection.objects.filter(pool=pool).update(pool="")


def _forget() -> None:
    """The next question looks again."""
    global _read_at  # noqa: PLW0603 - one table per process
    _read_at = float("-inf")
