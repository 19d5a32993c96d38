"""A backup: one tar file with the database, the files of the documents, and the key that stored secrets need.

The index is left out: it is made again from the vectors in the database when a worker starts. Raises `CannotArchive`.
"""

import io
import json
import os
import sqlite3
import tarfile
import tempfile
from pathlib import Path

from webui.conf import Settings

DATABASE = "webui.sqlite3"
SECRET = "secret_key"  # noqa: S105  a file's name
FILES = "files"
CONTENTS = "backup.json"


class CannotArchive(Exception):
    """Why there is no backup, or nothing was restored; a sentence for the administrator."""


def write(target: Path, settings: Settings, migrations: list[str]) -> None:
    """Everything of the data folder that cannot be made again, as it is at this moment, while others may write."""
    database = settings.data / DATABASE
    if settings.database_url:
        raise CannotArchive("The database has a server of its own: back it up with pg_dump, WEBUI_DATA with any tool.")
    if not database.exists():
        raise CannotArchive(f"There is no database in {settings.data}.")
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # it holds the key
    except FileExistsError:
        raise CannotArchive(f"{target} exists already; a backup overwrites nothing.") from None
    except OSError as error:
        raise CannotArchive(f"{target} cannot be written: {error.strerror}.") from None
    with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w:gz", compresslevel=3) as archive:
        _add_text(archive, CONTENTS, json.dumps({"migrations": migrations}))
        with tempfile.TemporaryDirectory(dir=settings.data) as folder:
            archive.add(_copied(database, Path(folder)), DATABASE)
        # After the database: a row without its file is a loss, a file without a row is swept away.
        for name in (FILES, SECRET):
            if (settings.data / name).exists():
                archive.add(settings.data / name, name)


def _copied(database: Path, folder: Path) -> Path:
    """A whole copy, made by SQLite itself, so that it is consistent whatever is being written."""
    copy = folder / DATABASE
    source, target = sqlite3.connect(database), sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    return copy


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(text.encode())
    archive.addfile(member, io.BytesIO(text.encode()))


def read(source: Path, settings: Settings, known_migrations: set[str]) -> None:
    """Puts a backup into a data folder that has no database yet."""
    if settings.database_url:
        raise CannotArchive("The database has a server of its own (DATABASE_URL): restore it with psql or pg_restore.")
    if (settings.data / DATABASE).exists() or (settings.data / FILES).exists():
        raise CannotArchive(f"{settings.data} is in use; restoring overwrites nothing. Give an empty WEBUI_DATA.")
    try:
        with tarfile.open(source) as archive, tempfile.TemporaryDirectory(dir=settings.data) as folder:
            archive.extractall(folder, filter="data")
            _check(Path(folder), known_migrations)
            # The database last: while it is not there, a restore that was cut short can simply be run again.
            for name in (SECRET, FILES, DATABASE):
                if (Path(folder) / name).exists():
                    (Path(folder) / name).replace(settings.data / name)
    except FileNotFoundError as error:
        raise CannotArchive(f"{error.filename} is not there.") from None
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise CannotArchive(f"{source} is not a whole backup: {error}.") from None


def _check(folder: Path, known_migrations: set[str]) -> None:
    contents = json.loads((folder / CONTENTS).read_text())
    if newer := set(contents["migrations"]) - known_migrations:
        raise CannotArchive(f"The backup was made by a newer webui (it has {min(newer)}). Restore it with that one.")
    if not (folder / DATABASE).exists():
        raise CannotArchive("The backup holds no database.")
