"""Zips of XML (every newer office format and EPUB): their sums are checked before any parser sees them.

Nothing is unpacked to the disk, so that a name such as ../../etc/passwd in an archive is a name and no more.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from knowledge.parsing import sentences
from knowledge.parsing.base import ParseError

if TYPE_CHECKING:
    from lxml.etree import _Element

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LARGEST_UNPACKED = 400 * 1024 * 1024
MOST_ENTRIES = 20_000
# The parts of real documents shrink 5 to 60 times; an empty sheet's, 200.
HIGHEST_RATIO = 400
_LARGE_ENTRY = 10 * 1024 * 1024
_LARGEST_TREE = 60 * 1024 * 1024
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_DEFINITIONS = (b"<!ENTITY", "<!ENTITY".encode("utf-16-le"), "<!ENTITY".encode("utf-16-be"))
_XML = (".xml", ".rels", ".xhtml", ".html", ".htm", ".opf", ".ncx")
_BEGINNING = 4096


class Package:
    """An open archive that was found harmless. `entry` must lie in it: that tells a kind from any other zip."""

    def __init__(self, path: Path, entry: str, extension: str) -> None:
        with path.open("rb") as file:
            if file.read(8) == OLE:
                raise _of_old_office(file, extension)
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise ParseError(sentences.DAMAGED) from None
        self._infos = {info.filename: info for info in self._archive.infolist()}
        _check(self._archive.infolist())
        if entry not in self._infos:
            raise ParseError(sentences.WRONG_TYPE, extension=extension)
        self._check_beginnings()

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def open(self, name: str) -> IO[bytes]:
        """`ParseError` when there is no such part."""
        if name not in self._infos:
            raise ParseError(sentences.PART_MISSING, part=name[:100])
        return self._archive.open(name)

    def tree(self, name: str) -> "_Element":
        """The parsed XML of a part, without entities, network or depth."""
        from lxml import etree

        if name in self._infos and self._infos[name].file_size > _LARGEST_TREE:
            raise ParseError(sentences.TOO_HUNGRY)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        with self.open(name) as file, broken_is_damaged():
            root = etree.parse(file, parser).getroot()
        if next(root.iter(etree.Entity), None) is not None:
            raise ParseError(sentences.HOSTILE_XML)
        return root

    def elements(self, name: str, tags: tuple[str, ...]) -> "Iterator[_Element]":
        """Those elements of a part as they end, however large it is; each is emptied afterwards."""
        from lxml import etree

        with self.open(name) as file, broken_is_damaged():
            for _event, element in etree.iterparse(
                file, tag=tags, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
            ):
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """What a part refers to in this archive, by the reference's id: (kind, name). No addresses outside."""
        folder, _slash, own = name.rpartition("/")
        rels = f"{folder}/_rels/{own}.rels"
        if rels not in self:
            return {}
        return {
            element.get("Id", ""): (
                element.get("Type", "").rpartition("/")[2],
                _resolved(folder, element.get("Target", "")),
            )
            for element in self.tree(rels).iter("{*}Relationship")
            if element.get("TargetMode") != "External"
        }

    def _check_beginnings(self) -> None:
        """Definitions stand in front. Whoever hides them behind padding still meets parsers that ignore them."""
        for info in self._infos.values():
            if info.filename.lower().endswith(_XML):
                with broken_is_damaged(), self._archive.open(info) as file:
                    beginning = file.read(_BEGINNING)
                if any(definition in beginning for definition in _DEFINITIONS):
                    raise ParseError(sentences.HOSTILE_XML)


@contextmanager
def broken_is_damaged() -> Iterator[None]:
    """What parsers and the unpacker say of broken parts, as a sentence."""
    from lxml import etree

    try:
        yield
    except etree.XMLSyntaxError as error:
        raise ParseError(sentences.TOO_DEEP if "depth" in str(error) else sentences.DAMAGED) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise ParseError(sentences.DAMAGED) from None


def _resolved(folder: str, target: str) -> str:
    """“../media/x” of ppt/slides is ppt/media/x. A path that leads out of the archive leads nowhere."""
    parts: list[str] = []
    for part in PurePosixPath("/", folder, target).parts[1:]:
        if part == "..":
            del parts[-1:]
        else:
            parts.append(part)
    return "/".join(parts)


def _check(infos: list[zipfile.ZipInfo]) -> None:
    """The sums that a zip itself states, since parsers unpack first and count later."""
    if sum(info.file_size for info in infos) > LARGEST_UNPACKED or len(infos) > MOST_ENTRIES:
        raise ParseError(sentences.BOMB, megabytes=LARGEST_UNPACKED // 1024**2)
    for info in infos:
        times = info.file_size // max(info.compress_size, 1)
        if info.file_size > _LARGE_ENTRY and times > HIGHEST_RATIO:
            raise ParseError(sentences.BOMB_RATIO, times=times)
    if any(info.flag_bits & 1 for info in infos):
        raise ParseError(sentences.ENCRYPTED)


def _of_old_office(file: IO[bytes], extension: str) -> ParseError:
    """The same container holds documents of before 2007, and new ones that have a password."""
    overlap = b""
    while piece := file.read(1024 * 1024):
        if _ENCRYPTED_PACKAGE in overlap + piece:
            return ParseError(sentences.ENCRYPTED)
        overlap = piece[-len(_ENCRYPTED_PACKAGE) :]
    return ParseError(sentences.OLD_OFFICE, extension=extension)
