"""A text as a sketch: a sample of the hashes of its groups of words, by which texts are compared. Pure; needs numpy.

Of all hashes those are kept that are small (FracMinHash): both sketches have sampled the same groups, so how much of
one text is in the other is read off them, whatever their lengths.
"""

import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUP = 4  # words, or characters of a script without spaces
MOST = 2000  # hashes of a sketch, about
LEAST = 12  # hashes by which two texts can be compared at all
_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")


@dataclass(frozen=True, slots=True)
class Sketch:
    """`hashes` are sorted and below 2 to the power of (32 - level)."""

    level: int
    hashes: "NDArray[Any]"

    def at(self, level: int) -> "NDArray[Any]":
        """As a coarser sketch."""
        return self.hashes[self.hashes < (1 << (32 - level))] if level > self.level else self.hashes


@dataclass(frozen=True, slots=True)
class Alike:
    """`share`: how much of the shorter text is in the other; `both`: how much of both together they have in common."""

    share: float = 0.0
    both: float = 0.0


def sketch(text: str) -> Sketch:
    """A second for some ten megabytes."""
    import numpy as np

    words = _WORDS.findall(text.casefold())
    groups = {zlib.crc32(" ".join(words[at : at + GROUP]).encode()) for at in range(max(len(words) - GROUP + 1, 0))}
    hashes = np.fromiter(groups, dtype="<u4", count=len(groups))
    level = 0
    while len(hashes) > MOST * 1.5:
        level += 1
        hashes = hashes[hashes < (1 << (32 - level))]
    return Sketch(level, np.sort(hashes))


def packed(made: Sketch) -> bytes:
    return bytes(made.hashes.astype("<u4").tobytes())


def unpacked(level: int, stored: bytes) -> Sketch:
    import numpy as np

    return Sketch(level, np.frombuffer(stored, dtype="<u4"))


def alike(one: Sketch, other: Sketch) -> Alike:
    import numpy as np

    level = max(one.level, other.level)
    left, right = one.at(level), other.at(level)
    if min(len(left), len(right)) < LEAST:
        return Alike()
    common = len(np.intersect1d(left, right, assume_unique=True))
    return Alike(common / min(len(left), len(right)), common / (len(left) + len(right) - common))


_TELLS_A_VERSION = re.compile(
    r"\b(?:v(?:er(?:sion)?)?[\s._-]*\d[\d.]*|rev(?:ision)?[\s._-]*\d*|final|draft|copy|old|new|updated?|signed|\d+)\b"
    r"|副本|最终版?|终稿|草稿|修订版?|旧版?|新版?|第[一二三四五六七八九十\d]+版|[\d年月日]+版?"
)


def same_name(one: str, other: str) -> bool:
    """Whether two names of files differ by no more than what tells versions apart: numbers, dates, "final", 修订版."""
    left, right = _bare(one), _bare(other)
    return bool(left) and left == right


def _bare(name: str) -> str:
    stem = name.rsplit(".", 1)[0] if "." in name else name
    spaced = re.sub(r"[_\-.()\[\]（）【】]+", " ", stem.casefold())
    return " ".join(_TELLS_A_VERSION.sub(" ", spaced).split())
