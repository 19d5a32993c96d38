"""Addresses that a person wrote into a question: `#https://…`, or pasted. Pure."""

import re

MOST_LINKS = 3
# Chinese goes on behind an address without a space; in an address it is percent-encoded, but for the host's name.
_LINK = re.compile(
    r"#?https?://[^\s<>\"'`/，。；！？、（）《》“”\u3000]{3,300}(?:/[^\s<>\"'`\u3000-\u9fff\uff00-\uffef“”]{0,2000})?",
    re.IGNORECASE,
)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_TRAILING = ".,;:!?)]}*_~|"


def links_in(text: str) -> list[str]:
    """Those that are meant: each that begins with #, else all, unless there are so many that a text was pasted.

    What stands in code is not meant. Pure.
    """
    if "://" not in text:
        return []
    found = [_trimmed(match) for match in _LINK.findall(_CODE.sub(" ", text))]
    marked = [link[1:] for link in found if link.startswith("#")]
    plain = [link for link in found if not link.startswith("#")]
    wanted = marked or (plain if len(set(plain)) <= MOST_LINKS else [])
    return list(dict.fromkeys(wanted))[:MOST_LINKS]


def without_links(text: str) -> str:
    return " ".join(_LINK.sub(" ", text).split())


def _trimmed(link: str) -> str:
    """Without the punctuation of the sentence around it; a bracket that the address itself opened stays."""
    while link and link[-1] in _TRAILING and not (link[-1] == ")" and link.count("(") >= link.count(")")):
        link = link[:-1]
    return link
