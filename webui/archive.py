"""A backup: one tar file with the database, people's files, and what both hold in counts and checksums.

The key that stored secrets need is kept apart. The vector index is left out: it is made again from the vectors in the
database when a worker starts. Raises `CannotArchive`.
"""

import contextlib
import errno
import hashlib
import io
import json
import os
import tarfile
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.db import Error as DatabaseProblem

from webui.backup import dump as database
from webui.backup.dump import NAMES, CannotDump
from webui.conf import Settings, name_of_key
from webui.version import own_version

SECRET = "secret_key"  # noqa: S105  a file's name
FILES = "files"
CONTENTS = "backup.json"
UNFINISHED = "restoring"  # stands in a data folder while a restore puts its parts in place


class CannotArchive(Exception):
    """Why there is no backup, or nothing was restored; a sentence for the administrator."""


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a backup says of itself. Tables: {name: [rows, checksum]}; files: {path: [bytes, SHA-256]}."""

    migrations: list[str]
    version: str = ""
    made_at: str = ""
    kind: str = database.SQLITE
    key: str = ""
    tables: dict[str, list[Any]]
    files: dict[str, list[Any]]

    @property
    def rows(self) -> int:
        return sum(int(rows) for rows, _checksum in self.tables.values())


def write(target: Path, settings: Settings, migrations: list[str], *, portable: bool = False) -> Contents:
    """Everything that cannot be made again, as it is at this moment, while others may write.

    The file gets its name when it is whole; whatever stops us, nothing half is left.
    """
    if target.exists():
        raise CannotArchive(f"{target} exists already; a backup overwrites nothing.")
    draft = target.with_name(f".{target.name}.part")
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        with open(draft, "xb", opener=_for_its_owner) as file, tempfile.TemporaryDirectory(dir=settings.data) as folder:
            contents = _write(file, Path(folder), settings, migrations, portable=portable)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, target)
    except CannotDump as reason:
        raise CannotArchive(str(reason)) from None
    except DatabaseProblem as error:
        raise CannotArchive(f"The database could not be read: {str(error).strip()}.") from None
    except FileExistsError as error:
        raise CannotArchive(f"{error.filename} exists already; a backup overwrites nothing.") from None
    except OSError as error:
        full = "; its disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else f": {error.strerror}"
        raise CannotArchive(f"{target} cannot be written{full}.") from None
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    return contents


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)  # it holds what people said


def _write(file: IO[bytes], folder: Path, settings: Settings, migrations: list[str], *, portable: bool) -> Contents:
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=3) as archive:
        kind, sums = database.dump(folder, portable=portable)
        archive.add(folder / NAMES[kind], NAMES[kind])
        # After the database: a row without its file is a loss, a file without a row is swept away.
        files = dict(_add_files(archive, settings.data / FILES))
        contents = Contents(
            migrations=migrations,
            version=own_version(),
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            kind=kind,
            key=settings.instance,
            tables={name: found.told() for name, found in sums.items()},
            files=files,
        )
        # The last: a backup that was cut has none.
        _add_text(archive, CONTENTS, json.dumps(contents.__dict__))
    return contents


class _Hashing:
    """A file that is read by tarfile, and summed up on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.hash = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.hash.update(piece)
        return piece


def _add_files(archive: tarfile.TarFile, folder: Path) -> Any:
    for path in sorted(folder.rglob("*")):
        name = f"{FILES}/{path.relative_to(folder)}"
        if path.is_symlink() or not path.is_file():
            continue
        try:
            with path.open("rb") as file:
                member = archive.gettarinfo(arcname=name, fileobj=file)
                summing = _Hashing(file)
                archive.addfile(member, summing)
        except FileNotFoundError:
            continue  # its document was removed meanwhile
        yield name, [member.size, summing.hash.hexdigest()]


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(text.encode())
    archive.addfile(member, io.BytesIO(text.encode()))


def write_key(target: Path, settings: Settings) -> None:
    """The key to stored secrets and sessions, into a file of its own."""
    try:
        with open(target, "x", opener=_for_its_owner) as file:
            file.write(settings.secret_key)
    except FileExistsError:
        raise CannotArchive(f"{target} exists already; a backup overwrites nothing.") from None
    except OSError as error:
        raise CannotArchive(f"{target} cannot be written: {error.strerror}.") from None


def read(source: Path, settings: Settings, known_migrations: set[str], key: Path | None = None) -> Contents:
    """Puts a backup into a data folder, and a database, that hold nothing yet; every file is checked first."""
    _require_empty(settings)
    try:
        with tarfile.open(source) as archive, tempfile.TemporaryDirectory(dir=settings.data) as folder:
            archive.extractall(folder, filter="data")
            contents = _checked(Path(folder), known_migrations)
            _put(Path(folder), contents, settings, key)
    except CannotDump as reason:
        raise CannotArchive(str(reason)) from None
    except FileNotFoundError as error:
        raise CannotArchive(f"{error.filename} is not there.") from None
    except (tarfile.TarError, EOFError, OSError, ValueError, KeyError, TypeError) as error:
        raise CannotArchive(f"{source} is not a whole backup: {error}.") from None
    return contents


def contents_of(source: Path) -> Contents:
    """What a backup says of itself, without the rest of it."""
    try:
        with tarfile.open(source) as archive, archive.extractfile(CONTENTS) as file:  # type: ignore[union-attr]
            return Contents(**{"tables": {}, "files": {}} | json.load(file))
    except (tarfile.TarError, EOFError, OSError, ValueError, KeyError, TypeError) as error:
        raise CannotArchive(f"{source} is not a whole backup: {error}.") from None


def _require_empty(settings: Settings) -> None:
    if (settings.data / UNFINISHED).exists():
        return  # of a restore that was cut short: it can simply be run again
    if (settings.data / NAMES[database.SQLITE]).exists() or (settings.data / FILES).exists():
        raise CannotArchive(f"{settings.data} is in use; restoring overwrites nothing. Give an empty WEBUI_DATA.")


def _put(folder: Path, contents: Contents, settings: Settings, key: Path | None) -> None:
    (settings.data / UNFINISHED).touch()
    if key or (folder / SECRET).exists():
        draft = folder / "key"
        with open(draft, "x", opener=_for_its_owner) as file:
            file.write((key or folder / SECRET).read_text().strip())
        draft.replace(settings.data / SECRET)
    if (folder / FILES).exists():
        for path in (folder / FILES).rglob("*"):
            if path.is_file():
                place = settings.data / FILES / path.relative_to(folder / FILES)
                place.parent.mkdir(parents=True, exist_ok=True)
                path.replace(place)
    # The database last, and it comes whole: while it is not there, a restore can be run again.
    database.load(folder, contents.kind, settings)
    (settings.data / UNFINISHED).unlink()


def _checked(folder: Path, known_migrations: set[str]) -> Contents:
    contents = Contents(**{"tables": {}, "files": {}} | json.loads((folder / CONTENTS).read_text()))
    if newer := set(contents.migrations) - known_migrations:
        raise CannotArchive(f"The backup was made by a newer webui (it has {min(newer)}). Restore it with that one.")
    if contents.kind == database.ROWS and (older := known_migrations - set(contents.migrations)):
        raise CannotArchive(
            f"The backup was made by webui {contents.version}, before {min(older)}, and holds rows without their"
            " tables: restore it with that release, then update."
        )
    if not (folder / NAMES[contents.kind]).exists():
        raise CannotArchive("The backup holds no database.")
    for name, (_size, checksum) in contents.files.items():
        path = folder / name
        if not path.is_file() or _checksum(path) != checksum:
            raise CannotArchive(f"The backup is damaged: {name} is not what it was.")
    return contents


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fits(contents: Contents, settings: Settings) -> bool:
    """Whether the key of this place opens the secrets of the backup; old backups do not say."""
    return not contents.key or contents.key == name_of_key(_key_now(settings))


def _key_now(settings: Settings) -> str:
    path = settings.data / SECRET
    return settings.secret_key_text or (path.read_text().strip() if path.exists() else "")
