"""The database as one file, consistent while others write: SQLite's own copy, pg_dump's archive, or our rows as text.

Raises `CannotDump` with a sentence.
"""

import gzip
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connections, transaction

from webui.backup import tables
from webui.backup.tables import Row, Sum
from webui.conf import Settings

SQLITE, POSTGRES, ROWS = "sqlite", "pg_dump", "rows"
# What the file is called inside a backup.
NAMES = {SQLITE: "webui.sqlite3", POSTGRES: "database.pg_dump", ROWS: "rows.jsonl.gz"}


ALIAS = "other"  # of a second database, for as long as it is needed


class CannotDump(Exception):
    """Why the database could not be written to a file, or read from one."""


def dump(folder: Path, *, portable: bool = False) -> tuple[str, dict[str, Sum]]:
    """Writes the database into the folder; which kind it became, and what its tables hold at that moment."""
    if connections["default"].vendor == "sqlite":
        return _sqlite(folder, portable=portable)
    with _still() as snapshot:
        if not portable and _pg_dump(folder / NAMES[POSTGRES], snapshot):
            return POSTGRES, tables.summed()
        return ROWS, _write_rows(folder / NAMES[ROWS], "default")


def _sqlite(folder: Path, *, portable: bool) -> tuple[str, dict[str, Sum]]:
    """Made by SQLite itself: a copy of the file alone would lack what still stands in the log beside it."""
    target = folder / NAMES[SQLITE]
    source = sqlite3.connect(f"file:{connections['default'].settings_dict['NAME']}?mode=ro", uri=True)
    copy = sqlite3.connect(target)
    try:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # whole in one file, whoever opens it next
    finally:
        source.close()
        copy.close()
    # Read from the copy: of the database itself, a long look would hold up those who write.
    with other_database({"NAME": str(target), "OPTIONS": {}}) as alias:
        if not portable:
            return SQLITE, tables.summed(alias)
        found = ROWS, _write_rows(folder / NAMES[ROWS], alias)
    target.unlink()
    return found


@contextmanager
def other_database(changes: dict[str, Any]) -> Iterator[str]:
    """A second connection, like the default one but for these settings; its alias."""
    alias = ALIAS
    connections.settings[alias] = {**connections["default"].settings_dict, **changes, "CONN_MAX_AGE": 0}
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]


@contextmanager
def _still() -> Iterator[str]:
    """PostgreSQL as it is at one moment, for as long as the block lasts; the name of the moment."""
    with transaction.atomic(durable=True), connections["default"].cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield str(cursor.fetchone()[0])


def _pg_dump(target: Path, snapshot: str) -> bool:
    """Whether PostgreSQL's own tool is here, and of a release that this server's data can be read with."""
    program = shutil.which("pg_dump")
    if not program:
        return False
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}"]
    done = run_postgres_tool([program, *options], connections["default"].settings_dict)
    if done.returncode:
        target.unlink(missing_ok=True)
        if "server version mismatch" in done.stderr:
            return False
        raise CannotDump(f"pg_dump said: {_first_line(done.stderr)}")
    return True


def run_postgres_tool(command: list[str], given: dict[str, Any]) -> "subprocess.CompletedProcess[str]":
    """The password travels in the environment: a command line is there for everybody to read."""
    env = {
        "PATH": os.defpath,
        "PGHOST": str(given["HOST"] or ""),
        "PGPORT": str(given["PORT"] or ""),
        "PGUSER": str(given["USER"] or ""),
        "PGPASSWORD": str(given["PASSWORD"] or ""),
        "PGDATABASE": str(given["NAME"]),
    }
    env = {name: value for name, value in env.items() if value}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or ["nothing"])[0]


def _write_rows(target: Path, using: str) -> dict[str, Sum]:
    found = {}
    with gzip.open(target, "wt", compresslevel=3, encoding="utf-8") as file:
        for model in tables.ours():
            summing = tables.Summing()
            fields = [field.column for field in model._meta.concrete_fields]
            file.write(json.dumps({"table": model._meta.label_lower, "columns": fields}) + "\n")
            for row in tables.read(model, using):
                summing.add(row)
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
            found[model._meta.label_lower] = summing.sum()
    return found


def load(folder: Path, kind: str, settings: Settings) -> None:
    """Puts what `dump` wrote into the database of these settings, which must have no tables yet."""
    if kind == SQLITE:
        if settings.database_url:
            raise CannotDump(
                "The backup is of SQLite. Restore it without DATABASE_URL, then run “manage.py move_database”."
            )
        (folder / NAMES[SQLITE]).replace(settings.data / NAMES[SQLITE])
        return
    if kind == POSTGRES and connections["default"].vendor != "postgresql":
        raise CannotDump("The backup was made with pg_dump: it needs a PostgreSQL server (DATABASE_URL).")
    require_empty()
    if kind == POSTGRES:
        _pg_restore(folder / NAMES[POSTGRES])
    else:
        _load_rows(folder / NAMES[ROWS])


def require_empty() -> None:
    connection = connections["default"]
    with connection.cursor() as cursor:
        if "accounts_user" in connection.introspection.table_names(cursor):
            raise CannotDump("The database holds a webui already; restoring overwrites nothing. Give an empty one.")


def _pg_restore(source: Path) -> None:
    program = shutil.which("pg_restore")
    if not program:
        raise CannotDump("pg_restore is not here, and the backup was made with pg_dump: install PostgreSQL's client.")
    given = connections["default"].settings_dict
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", f"--dbname={given['NAME']}"]
    done = run_postgres_tool([program, *options, str(source)], given)
    if done.returncode:
        raise CannotDump(f"pg_restore said: {_first_line(done.stderr)}")


def _load_rows(source: Path) -> None:
    """All or nothing: the tables are made first, and hold nothing until everything is in them."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    with transaction.atomic(), gzip.open(source, "rt", encoding="utf-8") as file:
        tables.empty("default")
        models = {model._meta.label_lower: model for model in tables.ours()}
        for table, rows in _batches(file):
            if table not in models:
                raise CannotDump(f"The backup has a table that this webui does not know: {table}.")
            tables.write(models[table], rows)
        tables.set_sequences("default")


def _batches(file: Iterable[str]) -> Iterator[tuple[str, list[Row]]]:
    table, rows = "", list[Row]()
    for line in file:
        found = json.loads(line)
        if isinstance(found, dict) or len(rows) == tables.BATCH:
            if rows:
                yield table, rows
            rows = []
        if isinstance(found, dict):
            table = found["table"]
        else:
            rows.append(found)
    if rows:
        yield table, rows
