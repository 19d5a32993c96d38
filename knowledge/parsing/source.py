"""Source code: by its definitions, each below its name, in a fence with its language."""

import re
from collections.abc import Iterator
from pathlib import Path

from knowledge.parsing.base import Block, ParsedFile, with_text
from knowledge.parsing.notebook import fenced
from knowledge.parsing.text import TextReader, read_text

LANGUAGES = {
    "py": "python", "js": "javascript", "mjs": "javascript", "jsx": "jsx", "ts": "typescript", "tsx": "tsx",
    "java": "java", "kt": "kotlin", "scala": "scala", "swift": "swift", "go": "go", "rs": "rust", "rb": "ruby",
    "php": "php", "c": "c", "h": "c", "cpp": "cpp", "cc": "cpp", "hpp": "cpp", "cs": "csharp", "lua": "lua",
    "r": "r", "jl": "julia", "dart": "dart", "sh": "bash", "bash": "bash", "ps1": "powershell", "sql": "sql",
    "css": "css", "scss": "scss", "vue": "vue", "svelte": "svelte", "yaml": "yaml", "yml": "yaml", "toml": "toml",
    "ini": "ini", "cfg": "ini", "conf": "ini", "xml": "xml", "tex": "latex", "rst": "rst", "log": "text",
}  # fmt: skip
# A definition begins at the line's start, or one step in: a method. What follows its keyword is its name.
_DEFINITION = re.compile(
    r"^(?P<indent>[ \t]{0,4})(?:(?:export|default|public|private|protected|internal|static|async|abstract|final|pub"
    r"(?:\([^)\n]{0,30}\))?|unsafe|override|open|data|sealed|partial|virtual)\s+)*"
    r"(?P<word>def|class|function\*?|func|fn|fun|struct|enum|trait|impl|interface|module|object|protocol|extension"
    r"|namespace|type|create\s+(?:or\s+replace\s+)?(?:table|view|function|procedure|trigger|index))\s+"
    r"(?:if\s+not\s+exists\s+)?(?:\([^)\n]{0,80}\)\s*)?(?P<name>[\w$.\"`]+)",
    re.IGNORECASE,
)
_HOLDERS = {"class", "struct", "trait", "impl", "interface", "module", "object", "protocol", "extension", "namespace"}
_NO_DEFINITIONS = {"css", "scss", "yaml", "toml", "ini", "xml", "latex", "rst", "text", "r"}
_LEAST = 300


class SourceReader(TextReader):
    extensions: tuple[str, ...] = tuple(LANGUAGES)
    media_type = "text/plain"
    parser = "source code"

    def __init__(self, extension: str) -> None:
        self.extensions = (extension,)
        self._language = LANGUAGES[extension]

    def read(self, path: Path) -> ParsedFile:
        text, notes = read_text(path)
        return ParsedFile(blocks=with_text(_blocks(text, self._language)), notes=notes)


def _blocks(text: str, language: str) -> Iterator[Block]:
    if not text.strip():
        return
    if language in ("text", "rst", "latex"):
        yield Block(text=text)
        return
    for names, lines in _sections(text.split("\n"), language):
        code = "\n".join(lines).strip("\n")
        if code.strip():
            yield Block(text=fenced(code, language), heading=names)


def _sections(lines: list[str], language: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """(names, lines): small definitions stay with the one before them, so that no passage is a line or two."""
    names: tuple[str, ...] = ()
    holder = ""
    kept: list[str] = []
    for line in lines:
        found = _DEFINITION.match(line) if language not in _NO_DEFINITIONS else None
        if found:
            name = found["name"].strip('"`')
            word = found["word"].lower().split()[0]
            if not found["indent"]:
                holder = name if word in _HOLDERS else ""
            path = (holder, name) if found["indent"] and holder else (name,)
            if sum(map(len, kept)) >= _LEAST:
                above = _what_belongs_below(kept)
                yield names, kept[: len(kept) - above]
                kept, names = kept[len(kept) - above :], path
            elif not names:
                names = path
        kept.append(line)
    yield names, kept


def _what_belongs_below(lines: list[str]) -> int:
    """Decorators and comments right above a definition are its own."""
    count = 0
    while count < len(lines) - 1 and re.match(r"\s*(@|#|//|/\*|\*|--)", lines[-1 - count]):
        count += 1
    return count
