"""The health of what keeps things: the database and its schema, the data folder, Redis."""

import functools
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from webui.conf import conf
from webui.panel.health_probes import Disk
from webui.panel.health_vital import Fact, Vital
from webui.schema import OURS

LARGE_LOG = 512 * 1024 * 1024  # bytes of a write-ahead log that nobody was able to shorten


def size(key: str, label: str, count: int | None) -> Fact:
    return Fact(key=key, label=label, shown="–" if count is None else filesizeformat(count), value=count)


def database(found: Mapping[str, Any]) -> Vital:
    return _sqlite(found) if connection.vendor == "sqlite" else _postgresql()


def _sqlite(found: Mapping[str, Any]) -> Vital:
    path = Path(str(settings.DATABASES["default"]["NAME"]))
    log_size = _size_of(path.with_name(f"{path.name}-wal"))
    disk: Disk | None = found.get("database_disk")
    facts = [
        Fact(key="kind", label=_("Kind"), shown=f"SQLite {sqlite3.sqlite_version}"),
        size("bytes", _("Size"), _size_of(path)),
        size("log_bytes", _("Write-ahead log"), log_size),
    ]
    if disk is not None:
        facts.append(size("free_bytes", _("Free on its disk"), disk.free))
    if log_size > LARGE_LOG:
        return Vital(
            key="database",
            name=_("Database"),
            state="warn",
            said=_("It answers, but its write-ahead log has grown very large."),
            advice=_("Something reads for very long. Restart the server when nobody is busy: the log is emptied then."),
            facts=tuple(facts),
        )
    return Vital(key="database", name=_("Database"), state="ok", said=_("It answers."), facts=tuple(facts))


def _postgresql() -> Vital:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), pg_database_size(current_database()),"
            " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),"
            " current_setting('max_connections')::int"
        )
        version, held, sessions, most = cursor.fetchone()
    facts = (
        Fact(key="kind", label=_("Kind"), shown=f"PostgreSQL {str(version).partition(' ')[0]}"),
        size("bytes", _("Size"), int(held)),
        Fact(key="connections", label=_("Connections"), shown=f"{sessions} / {most}", value=int(sessions)),
    )
    if sessions > most * 0.9:
        return Vital(
            key="database",
            name=_("Database"),
            state="warn",
            said=_("Nearly all of its connections are taken."),
            advice=_("Raise max_connections in PostgreSQL, or let fewer processes use it."),
            facts=facts,
        )
    return Vital(key="database", name=_("Database"), state="ok", said=_("It answers."), facts=facts)


def schema(found: Mapping[str, Any]) -> Vital:
    applied = {name for name in MigrationRecorder(connection).applied_migrations() if name[0] in OURS}
    shipped = _shipped()
    missing, foreign = shipped - applied, applied - shipped
    facts = (
        Fact(
            key="applied",
            label=_("Steps applied"),
            shown=f"{len(applied & shipped)} / {len(shipped)}",
            value=len(applied),
        ),
    )
    common: dict[str, Any] = {"key": "schema", "name": _("Tables of the database"), "facts": facts}
    if missing:
        return Vital(
            state="down",
            said=_("The database is older than this program."),
            advice=_("Restart the web process, which brings it up to date, or run “manage.py migrate”."),
            **common,
        )
    if foreign:
        return Vital(
            state="warn",
            said=_("The database is newer than this program."),
            advice=_("Another process runs a newer release. Update this one."),
            **common,
        )
    return Vital(state="ok", said=_("They fit this program."), **common)


@functools.cache
def _shipped() -> frozenset[tuple[str, str]]:
    """The steps that came with the program; they are read once, since files of another release need a restart."""
    return frozenset(name for name in MigrationLoader(None).disk_migrations if name[0] in OURS)


def folder(found: Mapping[str, Any]) -> Vital:
    disk: Disk | None = found.get("disk")
    common: dict[str, Any] = {"key": "disk", "name": _("Disk of the data folder")}
    if disk is None:
        return Vital(
            state="down",
            said=_("The data folder does not answer."),
            advice=_("Look whether its disk is mounted and may be written by the server."),
            facts=(Fact(key="folder", label=_("Folder"), shown=str(conf.data)),),
            **common,
        )
    facts = (
        Fact(key="folder", label=_("Folder"), shown=str(conf.data)),
        size("free_bytes", _("Free"), disk.free),
        size("total_bytes", _("In all"), disk.total),
        size("files_bytes", _("Files of people"), found.get("files")),
        size("index_bytes", _("Vector index"), found.get("chroma_folder")),
    )
    if disk.is_low:
        return Vital(
            state="warn",
            said=_("Only %(free)s are left (%(percent)s %%).")
            % {"free": filesizeformat(disk.free), "percent": round(disk.free * 100 / max(disk.total, 1))},
            advice=_("Free some space soon: with a full disk no answer can be stored, and no file be taken."),
            facts=facts,
            **common,
        )
    return Vital(state="ok", said=_("There is room."), facts=facts, **common)


def redis(found: Mapping[str, Any]) -> Vital:
    if not conf.redis_url:
        return Vital(
            key="redis",
            name="Redis",
            state="idle",
            said=_("Not needed while one web process does everything."),
        )
    info: Mapping[str, Any] | None = found.get("redis")
    if info is None:
        return Vital(
            key="redis",
            name="Redis",
            state="down",
            said=_("It does not answer: documents wait, and live answers stay in one process."),
            advice=_("Start Redis, and look at REDIS_URL. What waits is taken up by itself when it is back."),
        )
    policy, most = str(info.get("maxmemory_policy", "")), int(info.get("maxmemory", 0))
    facts = (
        Fact(key="version", label=_("Version"), shown=str(info.get("redis_version", "–"))),
        size("memory_bytes", _("Memory"), int(info.get("used_memory", 0))),
        Fact(key="policy", label=_("When it is full"), shown=policy or "–"),
        Fact(key="clients", label=_("Clients"), shown=str(info.get("connected_clients", "–"))),
    )
    if most and policy not in ("", "noeviction"):
        return Vital(
            key="redis",
            name="Redis",
            state="warn",
            said=_("When its memory is full it throws things away, waiting work among them."),
            advice=_("Set maxmemory-policy to noeviction in Redis."),
            facts=facts,
        )
    return Vital(key="redis", name="Redis", state="ok", said=_("It answers."), facts=facts)


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
