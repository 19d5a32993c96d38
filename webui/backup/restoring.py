"""A restore that compares: what the backup says of itself with what is there afterwards."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.migrations.loader import MigrationLoader

from webui import archive
from webui.archive import CannotArchive, Contents
from webui.backup import dump, rebuilding, tables
from webui.conf import Settings


@dataclass(frozen=True, kw_only=True)
class Restored:
    """`compared` is False where the tables are of another release, so that checksums mean nothing."""

    contents: Contents
    compared: bool
    key_fits: bool


def restored(source: Path, settings: Settings, key: Path | None = None) -> Restored:
    """Raises `CannotArchive`, also when something is not what it was."""
    known = {".".join(name) for name in MigrationLoader(None).disk_migrations}
    settings.data.mkdir(parents=True, exist_ok=True)
    contents = archive.read(source, settings, known, key)
    compared = bool(contents.tables) and known <= set(contents.migrations)
    if compared:
        compare(contents.tables, {name: found.told() for name, found in tables.summed().items()})
    if contents.kind == dump.ROWS:
        rebuilding.rebuild()
    return Restored(contents=contents, compared=compared, key_fits=archive.fits(contents, settings))


def compare(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> None:
    """Raises `CannotArchive` naming the first table that differs."""
    for name, (rows, checksum) in before.items():
        there, sums = after.get(name, [0, ""])
        if there != rows:
            raise CannotArchive(f"The table {name} has {there} rows; the backup says {rows}.")
        if sums != checksum:
            raise CannotArchive(f"The table {name} has as many rows as it had, and they are not the same.")
