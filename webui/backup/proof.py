"""The proof of a backup: restored into a scratch place by a process of its own, compared, searched and signed in to.

The process gets none of our settings but the key, so it can reach nothing of the living webui. Raises `NotProven`.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from django.db import DatabaseError, connection

from webui.backup import dump
from webui.conf import ROOT, Settings, for_another_place

LONGEST = 3600.0  # seconds for one proof
ROOM = 3  # times the size of the archive has to be free on the disk


class NotProven(Exception):
    """What was wrong with the restored place, or why there could be none; a sentence for the administrator."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What was found in the scratch place; `seconds` is how long the restore and the comparison took there."""

    rows: int
    files: int
    seconds: float
    searched: str
    signed_in: str


def prove(archive: Path, kind: str, settings: Settings) -> Proof:
    free, size = shutil.disk_usage(settings.data).free, archive.stat().st_size
    if free < size * ROOM:
        raise NotProven(f"No room to try it: {free / 1e6:.0f} MB are free, {size * ROOM / 1e6:.0f} MB are wanted.")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=settings.data, prefix="proof-") as folder, _scratch_database(kind) as address:
        environment = for_another_place(
            WEBUI_DATA=folder,
            WEBUI_SECRET_KEY=settings.secret_key,
            DATABASE_URL=address,
            WEBUI_PROBE_LOCAL="false",
            DJANGO_SETTINGS_MODULE="webui.settings",
        )
        command = [sys.executable, "-m", "webui.backup.tried", str(archive.absolute())]
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False
            )
        except subprocess.TimeoutExpired:
            raise NotProven(f"The restore was not done within {LONGEST / 60:.0f} minutes.") from None
    told = _last_line(done.stdout)
    if done.returncode or "refusal" in told:
        raise NotProven(str(told.get("refusal") or _last_words(done.stderr)))
    return Proof(**told | {"seconds": round(time.monotonic() - began, 1)})


def _last_line(text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text.strip().splitlines()[-1]))
    except (IndexError, ValueError, TypeError):
        return {}


def _last_words(text: str) -> str:
    return f"The scratch place ended: {(text.strip().splitlines() or ['without a word'])[-1][:300]}"


@contextmanager
def _scratch_database(kind: str) -> Iterator[str]:
    """The address of an empty database beside ours, gone afterwards; none where the backup is of SQLite."""
    if kind == dump.SQLITE or connection.vendor != "postgresql":
        yield ""
        return
    name = f"webui_proof_{int(time.time())}"
    _say_to_server(f"CREATE DATABASE {name}", "The database's user may not make databases, so no restore can be tried")
    try:
        yield _beside(name)
    finally:
        _say_to_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", "The scratch database could not be removed")


def _say_to_server(statement: str, otherwise: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        raise NotProven(f"{otherwise} ({str(error).strip()}).") from None


def _beside(name: str) -> str:
    given = connection.settings_dict
    person = quote(str(given["USER"]), safe="")
    if given["PASSWORD"]:
        person += f":{quote(str(given['PASSWORD']), safe='')}"
    place = f"{given['HOST']}:{given['PORT']}" if given["PORT"] else str(given["HOST"])
    address = urlunsplit(("postgres", f"{person}@{place}" if person else place, f"/{name}", "", ""))
    assert urlsplit(address).path == f"/{name}"  # noqa: S101
    return address
