"""The move from SQLite to PostgreSQL: one transaction, compared before it is committed. Raises `CannotMove`.

A move that was cut short leaves tables without rows; it can simply be run again.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import Error as DatabaseProblem
from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor

from webui.backup import tables
from webui.backup.dump import other_database
from webui.conf import ROOT, BadSetting, conf, for_another_place
from webui.settings import database_at


class CannotMove(Exception):
    """Why nothing was moved; a sentence for the administrator."""


@dataclass(frozen=True, kw_only=True)
class Moved:
    rows: int
    tables: int


def move(address: str, say: Callable[[str], object]) -> Moved:
    target = _target(address)
    _require_rest()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CannotMove(
            "This database is of an older webui. Start webui once, or run “manage.py migrate”, and move then."
        )
    with other_database(target) as alias:
        _require_empty(alias)
        say("Making the tables …")
        _there(address, "migrate", "-v", "0")
        try:
            moved = _copy(alias, say)
        except DatabaseProblem as error:
            raise CannotMove(f"Nothing was moved. The database said: {str(error).strip()}") from None
    say("Making the search indexes …")
    _there(address, "rebuild_search")
    return moved


def _target(address: str) -> dict[str, Any]:
    try:
        target = database_at(address)
    except (BadSetting, ValueError) as reason:
        raise CannotMove(str(reason)) from None
    if connection.vendor != "sqlite" or target["ENGINE"] != "django.db.backends.postgresql":
        raise CannotMove(
            "This moves from SQLite to PostgreSQL: run it without DATABASE_URL, and name a postgres:// address."
        )
    return target | {"OPTIONS": {}, "TIME_ZONE": None, "CONN_HEALTH_CHECKS": False}


def _require_rest() -> None:
    """What was written here after the move would be missing there."""
    try:
        lock = os.open(conf.data / "up.lock", os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotMove(
            f"webui runs on {conf.data}. Stop it first: what is written meanwhile would be left behind."
        ) from None
    finally:
        os.close(lock)


def _require_empty(alias: str) -> None:
    try:
        with connections[alias].cursor() as cursor:
            names = connections[alias].introspection.table_names(cursor)
            if "accounts_user" in names:
                cursor.execute("SELECT EXISTS (SELECT 1 FROM accounts_user)")
                if cursor.fetchone()[0]:
                    raise CannotMove(
                        "There are people in that database already; nothing is overwritten. Give an empty one."
                    )
    except DatabaseProblem as error:
        raise CannotMove(f"That database cannot be used. It said: {str(error).strip()}") from None


def _copy(alias: str, say: Callable[[str], object]) -> Moved:
    """Both transactions last to the end: here nobody else writes, and there nobody sees a half."""
    rows = filled = 0
    with transaction.atomic(), transaction.atomic(using=alias):
        tables.empty(alias)
        for model in tables.ours():
            found = tables.write(model, tables.read(model), alias)
            if found.rows:
                say(f"  {model._meta.label}: {found.rows}")
            rows, filled = rows + found.rows, filled + bool(found.rows)
            if tables.sum_of(model, alias) != found:
                raise CannotMove(f"Nothing was moved: {model._meta.label} is not the same there.")
        tables.set_sequences(alias)
    return Moved(rows=rows, tables=filled)


def _there(address: str, *arguments: str) -> None:
    """A command in a process whose database is the other one."""
    environment = for_another_place(WEBUI_DATA=str(conf.data), WEBUI_SECRET_KEY=conf.secret_key, DATABASE_URL=address)
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise CannotMove(f"“manage.py {arguments[0]}” failed on that database. It said: {said}")
