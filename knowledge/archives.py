"""What is in a zip or tar, one member after the other, within bounds. Knows nothing of the database.

Nothing is unpacked to a name of the archive's own: a member is given as its cleaned folder and name, and its bytes.
Raises `ArchiveRefused` with an English sentence; a member that cannot be taken carries one instead.
"""

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from django.utils.translation import gettext_noop

MOST_MEMBERS = 2000
LARGEST = 1024**3  # bytes of all members together
RATIO = 200
SMALL = 10 * 1024**2  # below this nobody asks how well it was packed
_DIRECTORY = 4 * 1024**2
_LONG_HEADER = 64 * 1024
ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2")
_NESTED = (*ENDINGS, ".gz", ".bz2", ".xz", ".7z", ".rar", ".zst")
_JUNK = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")
TOO_MANY = gettext_noop("This archive has more than 2,000 files. Split it into parts.")
TOO_LARGE = gettext_noop("Unpacked, this archive is larger than is allowed. Nothing more of it was taken.")
DAMAGED = gettext_noop("This archive is damaged, or of a kind that is not opened here.")
NESTED = gettext_noop("An archive inside an archive is not opened.")
# What reading a damaged one raises; the last also for a method or a lock that the library does not know.
DAMAGES = (
    tarfile.TarError,
    zipfile.BadZipFile,
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    ValueError,
    RuntimeError,
)
OUTSIDE = gettext_noop("Its name leads out of the archive.")
LINK = gettext_noop("It is a link, not a file.")
LOCKED = gettext_noop("It is protected with a password.")


class ArchiveRefused(Exception):
    """The text is an English sentence."""


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """`problem` says why it cannot be taken; otherwise `source` gives its bytes, until the next member is asked for."""

    folder: str
    name: str
    source: Readable | None = None
    problem: str = ""


def is_archive(name: str) -> bool:
    return name.lower().endswith(ENDINGS)


def members(path: Path, name: str, *, most: int | None = None) -> Iterator[Member]:
    """The files in it, in its own order, `most` of them; folders and the dust of operating systems left out."""
    opened = _in_zip(path) if name.lower().endswith(".zip") else _in_tar(path, name)
    count = 0
    try:
        for member in opened:
            count += 1
            if count > (MOST_MEMBERS if most is None else most):
                raise ArchiveRefused(TOO_MANY)
            yield member
    except DAMAGES:
        raise ArchiveRefused(DAMAGED) from None


class _Counted:
    """Gives bytes on until more came than all together may be, or than so few packed ones can hold honestly."""

    def __init__(self, source: Readable, most: int) -> None:
        self._source, self.left = source, most

    def read(self, size: int = -1, /) -> bytes:
        piece = self._source.read(size)
        self.left -= len(piece)
        if self.left < 0:
            raise ArchiveRefused(TOO_LARGE)
        return piece


def _most(path: Path) -> int:
    return min(LARGEST, max(SMALL, path.stat().st_size * RATIO))


def _in_zip(path: Path) -> Iterator[Member]:
    left = _most(path)
    with path.open("rb") as file:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                if info.is_dir() or _is_junk(info.filename):
                    continue
                problem = _problem(info.filename)
                if info.flag_bits & 1:
                    problem = problem or LOCKED
                if (info.external_attr >> 16) & 0o170000 == 0o120000:
                    problem = problem or LINK
                if problem:
                    yield _member(info.filename, problem=problem)
                    continue
                with archive.open(info) as source:
                    counted = _Counted(source, left)
                    yield _member(info.filename, source=counted)
                    left = counted.left


def _check_directory(file: IO[bytes]) -> None:
    """How long the list of contents says it is, before the library reads it whole into memory."""
    file.seek(0, 2)
    file.seek(max(0, file.tell() - 65_557))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 20:
        raise ArchiveRefused(DAMAGED)
    if int.from_bytes(tail[at + 12 : at + 16], "little") > _DIRECTORY:
        raise ArchiveRefused(TOO_MANY)
    file.seek(0)


class _Header(tarfile.TarInfo):
    """Refuses long names of many megabytes, which the library would read into memory."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Header":
        info = super().frombuf(buf, encoding, errors)
        long = info.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, b"x", b"g", b"X")
        if long and info.size > _LONG_HEADER:
            raise tarfile.TarError("a header of this length")
        return info


def _in_tar(path: Path, name: str) -> Iterator[Member]:
    lower = name.lower()
    with path.open("rb") as file:
        plain: Readable = file
        if lower.endswith(("gz", "tgz")):
            plain = gzip.GzipFile(fileobj=file)
        elif lower.endswith("bz2"):
            plain = bz2.BZ2File(file)
        counted = _Counted(plain, _most(path))
        with tarfile.open(fileobj=counted, mode="r|", tarinfo=_Header) as archive:  # type: ignore[call-overload]
            for info in archive:
                if info.isdir() or _is_junk(info.name):
                    continue
                problem = _problem(info.name) or ("" if info.isreg() and not info.issparse() else LINK)
                source = None if problem else archive.extractfile(info)
                yield _member(info.name, source=source, problem=problem)
                archive.members = []  # a stream's members are of no use once they have gone by


def _problem(name: str) -> str:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or (len(name) > 1 and name[1] == ":"):
        return OUTSIDE
    return NESTED if name.lower().endswith(_NESTED) else ""


def _is_junk(name: str) -> bool:
    lower = name.lower()
    return lower.startswith(_JUNK[0]) or lower.rpartition("/")[2].startswith(("._", *_JUNK[1:]))


def _member(name: str, source: Readable | None = None, problem: str = "") -> Member:
    folder, _slash, own = name.replace("\\", "/").rpartition("/")
    return Member(folder=folder, name=own, source=source, problem=problem)
