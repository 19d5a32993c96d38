"""HTML: the article without navigation, scripts or footers, as Markdown through trafilatura."""

import re
from pathlib import Path

from knowledge.parsing.base import ParsedFile, with_text
from knowledge.parsing.markdown import blocks_of
from knowledge.parsing.text import decode, is_text

_UNSEEN = re.compile(r"<(script|style|noscript|template|svg)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_ELEMENT = re.compile(r"<[^>]{0,2000}>")


class HtmlReader:
    extensions: tuple[str, ...] = ("html", "htm", "xhtml")
    media_type = "text/html"
    parser = "trafilatura"

    def recognises(self, head: bytes) -> bool:
        return is_text(head) and b"<" in head

    def read(self, path: Path) -> ParsedFile:
        return read_page(decode(path.read_bytes()))


def read_page(page: str) -> ParsedFile:
    import trafilatura

    page = _UNSEEN.sub(" ", page.replace("\x00", ""))
    found = trafilatura.extract(
        page, output_format="markdown", include_formatting=True, include_tables=True, include_comments=False,
        favor_recall=True, deduplicate=False,
    )  # fmt: skip
    if not found or not found.strip():
        # A page of a few words is no article to trafilatura, yet somebody uploaded it.
        found = _bare_text(page)
    return ParsedFile(blocks=with_text(blocks_of(found)))


def _bare_text(page: str) -> str:
    from html import unescape

    body = re.split(r"<body\b[^>]{0,2000}>", page, maxsplit=1, flags=re.IGNORECASE)[-1]
    lines = (" ".join(line.split()) for line in unescape(_ELEMENT.sub("\n", body)).split("\n"))
    return "\n".join(line for line in lines if line)
