"""How many tokens a text will be: by kinds of characters, erring high, scaled by what a model reported. Pure.

No tokenizer is loaded: it would have to be the model's own, and most servers do not give it. The weights were set
beside three tokenizers (docs/decisions/0008-the-ledger.md).
"""

import functools
from dataclasses import dataclass
from typing import Final

_LETTERS: Final = bytes(range(ord("A"), ord("Z") + 1)) + bytes(range(ord("a"), ord("z") + 1))
_DIGITS: Final = b"0123456789"
_ASCII: Final = bytes(range(128))
# The first bytes of characters of two, three and four bytes tell how many there are of each.
_TWO, _THREE, _FOUR = bytes(range(0xC0, 0xE0)), bytes(range(0xE0, 0xF0)), bytes(range(0xF0, 0xF8))

_PER_LETTER = 0.3
_PER_DIGIT = 1.0  # many tokenizers cut numbers into digits
_PER_MARK = 0.6
_PER_LINE = 1.2
_PER_TWO = 0.7  # Cyrillic, Arabic, letters with accents
_PER_THREE = 1.0  # Chinese, Japanese, Korean, Thai
_PER_FOUR = 3.0  # pictures and rare characters
_LONG_WORD = 14  # letters; what is longer is no word but a key or an encoded file, which is cut finely
_PER_DENSE_LETTER = 0.75
_SHORT = 500  # characters


@dataclass(frozen=True, slots=True)
class Size:
    """A text in tokens of no model in particular, by scripts: `wide` is what takes three bytes a character or more."""

    narrow: float = 0.0
    wide: float = 0.0

    def __add__(self, other: "Size") -> "Size":
        return Size(self.narrow + other.narrow, self.wide + other.wide)


@dataclass(frozen=True, slots=True)
class Scale:
    """What a model makes of one token of `Size`, by script. Tokenizers that know little Chinese make two or three."""

    narrow: float = 1.0
    wide: float = 1.0

    def tokens(self, size: Size) -> int:
        return int(size.narrow * self.narrow + size.wide * self.wide) + 1

    def of(self, text: str) -> int:
        return self.tokens(size_of(text))


def size_of(text: str) -> Size:
    """Counted once for the short messages of a chat, which are told again at each turn."""
    return _remembered(text) if len(text) <= _SHORT else _counted(text)


def _counted(text: str) -> Size:
    """By deleting classes of bytes, which costs about three nanoseconds a character."""
    data = text.encode("utf-8", "replace")
    rest = data.translate(None, _LETTERS)
    letters = len(data) - len(rest)
    blanks, lines = rest.count(b" "), rest.count(b"\n")
    unlike = rest.translate(None, _DIGITS)
    digits = len(rest) - len(unlike)
    wide = two = 0.0
    beyond = b"" if text.isascii() else unlike.translate(None, _ASCII)
    if beyond:
        three = len(beyond) - len(beyond.translate(None, _THREE))
        four = len(beyond) - len(beyond.translate(None, _FOUR))
        two = len(beyond) - len(beyond.translate(None, _TWO))
        wide = three * _PER_THREE + four * _PER_FOUR
    marks = len(unlike) - len(beyond) - blanks - lines
    dense = max(0, letters - _LONG_WORD * (blanks + lines + marks + int(wide) + 1))
    narrow = (letters + blanks) * _PER_LETTER + dense * (_PER_DENSE_LETTER - _PER_LETTER)
    narrow += digits * _PER_DIGIT + marks * _PER_MARK + lines * _PER_LINE + two * _PER_TWO
    return Size(narrow, wide)


_remembered = functools.lru_cache(maxsize=2000)(_counted)


def estimate_tokens(text: str) -> int:
    """Tokens of a text for a model of which nothing is known."""
    return Scale().of(text)
