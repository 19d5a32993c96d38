"""Fetched text as data: nothing in it that a reader cannot see or that a model takes for its own markup. Pure."""

import re
import unicodedata

# Models' own marks. Each becomes a space and not nothing, so that removing one cannot form another.
_ROLE_TOKENS = re.compile(
    r"<[|｜][^<>|｜\n]{1,60}[|｜]>"
    r"|</?(?:s|bos|eos|pad|unk|think|thinking|tool_calls?|tool_response|function_calls?|start_of_turn|end_of_turn)>"
    r"|<</?SYS>>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CONTENT)\]",
    re.IGNORECASE,
)
_BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+\n")
_KEPT = {ord("\n"), ord("\t")}
# Drawn as nothing, though their categories are those of letters and marks: fillers and variation selectors.
_INVISIBLE = {0x115F, 0x1160, 0x3164, 0xFFA0, 0x034F, 0x2800, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}


class _Visible(dict[int, int | None]):
    """Remembers per character whether it stays; made on first sight, so that plain text costs one look-up each."""

    def __missing__(self, code: int) -> int | None:
        keep = code in _KEPT or not (code in _INVISIBLE or unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Co"))
        self[code] = code if keep else None
        return self[code]


_visible = _Visible()


def plain(text: str) -> str:
    """Without control, zero-width, bidirectional and private characters and without models' role tokens."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return _BLANK_LINES.sub("\n\n", _ROLE_TOKENS.sub(" ", text.translate(_visible))).strip()


def plain_line(text: str, longest: int = 200) -> str:
    """The same for a title: one line, bounded."""
    return " ".join(plain(text).split())[:longest]
