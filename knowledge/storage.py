"""Where the bytes of documents lie: below settings.FILE_ROOT, under names we make up.

Each kind of row that names files has a `place` of its own in it, swept by itself; libraries have the top.
A file is written first and named in a row afterwards, so a crash between the two leaves a file without a row, which
`sweep_orphans` removes, and never a row without its file. The files of documents are named by their content, so that
many libraries share one; `forget` removes it with the last of its rows. Raises `TooLarge` and `StorageFull`.
"""

import contextlib
import errno
import hashlib
import os
import re
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings

_PIECE = 1024 * 1024
_ORPHAN_AFTER = 3600.0
_OURS = re.compile(r"[0-9a-f]{32}(?:[0-9a-f]{32})?")
_GOING = ".going"


class TooLarge(Exception):
    """More bytes came than are allowed."""


class StorageFull(Exception):
    """The disk took no more."""


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    name: str
    size: int
    sha256: str


def store(source: Readable, *, limit: int, place: str = "", by_content: bool = False) -> StoredFile:
    """Copy `source` to a new file: counted while it is read, on the disk for certain when this returns.

    `by_content`: under its own SHA-256, in place of the same bytes if they are there.
    """
    name = uuid.uuid4().hex
    target = path_of(name, place)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".part")
    try:
        size, digest = _copy(source, temporary, limit)
        if by_content:
            name = digest
            target = path_of(name, place)
            target.parent.mkdir(parents=True, exist_ok=True)
        temporary.rename(target)
        _sync_folder(target.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull from None
        raise
    except TooLarge:
        temporary.unlink(missing_ok=True)
        raise
    return StoredFile(name=name, size=size, sha256=digest)


def path_of(name: str, place: str = "") -> Path:
    """Only names of ours lead to a path: 32 hexadecimal digits, or the 64 of a content's SHA-256."""
    if not _OURS.fullmatch(name):
        raise ValueError(f"not the hexadecimal digits of a name of ours: {name[:80]!r}")
    return Path(settings.FILE_ROOT) / place / name[:2] / name


def remove(name: str, place: str = "") -> None:
    if name:
        path_of(name, place).unlink(missing_ok=True)


def forget(name: str, is_needed: Callable[[str], bool]) -> None:
    """Remove a file that rows may share, unless one still needs it.

    It is put aside first, and only then the rows are looked at: whoever stores a row for it meanwhile sees afterwards
    that the file is missing, and brings its own.
    """
    if not name:
        return
    path = path_of(name)
    aside = path.with_name(name + _GOING)
    with contextlib.suppress(FileNotFoundError):
        path.rename(aside)
    if not aside.exists():
        return
    if is_needed(name):
        aside.rename(path)
    else:
        aside.unlink(missing_ok=True)


def sweep_orphans(known: Iterable[str], place: str = "") -> int:
    """Remove files (also half-written ones) that no row names; young ones are left, their row may still come."""
    names = set(known)
    old = time.time() - _ORPHAN_AFTER
    removed = 0
    for path in (Path(settings.FILE_ROOT) / place).glob("??/*"):
        if path.name.endswith(_GOING) and path.stem in names:
            # Put aside by a process that ended before it looked at the rows.
            path.rename(path.with_name(path.stem))
        elif path.name not in names and path.stat().st_mtime < old:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _copy(source: Readable, target: Path, limit: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    with target.open("xb") as file:
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > limit:
                raise TooLarge
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return size, digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
