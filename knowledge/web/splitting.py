"""Text into pieces of about 500 characters that end where a sentence ends. Pure."""

import re

LENGTH = 500
_ENDS = re.compile(r"(?<=[。！？；])|(?<=[.!?;])\s+|\n+")


def pieces(text: str) -> list[str]:
    result = [""]
    for sentence in _ENDS.split(text):
        for start in range(0, len(sentence), LENGTH):
            part = sentence[start : start + LENGTH]
            if len(result[-1]) + len(part) > LENGTH:
                result.append("")
            result[-1] += (" " if result[-1] and part[:1].isascii() else "") + part
    return [piece.strip() for piece in result if piece.strip()]
