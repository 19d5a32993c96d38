"""Jupyter notebooks: the text, the code and what it printed, as one Markdown document."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from knowledge.parsing import sentences
from knowledge.parsing.base import Note, ParsedFile, ParseError, with_text
from knowledge.parsing.markdown import blocks_of
from knowledge.parsing.text import is_text, read_text

LONGEST_OUTPUT = 5_000
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class NotebookReader:
    extensions: tuple[str, ...] = ("ipynb",)
    media_type = "application/x-ipynb+json"
    parser = "notebook"

    def recognises(self, head: bytes) -> bool:
        return is_text(head) and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")

    def read(self, path: Path) -> ParsedFile:
        text, _notes = read_text(path)
        try:
            notebook = json.loads(text)
        except json.JSONDecodeError as error:
            raise ParseError(sentences.BROKEN_JSON, line=error.lineno) from None
        # Notebooks of format 3 keep their cells in worksheets.
        sheets = notebook.get("worksheets") or [notebook]
        cells = [cell for sheet in sheets for cell in sheet.get("cells") or []]
        if not cells:
            raise ParseError(sentences.EMPTY)
        language = _language(notebook)
        pieces = [piece for cell in cells for piece in _pieces(cell, language)]
        blocks = with_text(blocks_of("\n\n".join(piece[: LONGEST_OUTPUT * 20] for piece in pieces)))
        cut = sum(_is_long(cell) for cell in cells)
        notes: tuple[Note, ...] = ((sentences.OUTPUT_LEFT_OUT, {"cells": cut}),) if cut else ()
        return ParsedFile(blocks=blocks, notes=notes)


def _language(notebook: dict[str, Any]) -> str:
    about = notebook.get("metadata") or {}
    told = (about.get("language_info") or {}).get("name") or (about.get("kernelspec") or {}).get("language") or "python"
    return re.sub(r"[^\w+#-]", "", str(told))[:20]


def _pieces(cell: dict[str, Any], language: str) -> Iterator[str]:
    source = _text(cell.get("source", cell.get("input", "")))
    if not source.strip():
        return
    match cell.get("cell_type"):
        case "code":
            yield fenced(source, language)
            for output in cell.get("outputs") or []:
                if shown := _output(output)[:LONGEST_OUTPUT].strip("\n"):
                    yield fenced(shown, "text")
        case "heading":
            yield "#" * min(int(cell.get("level", 1)), 6) + " " + source.strip()
        case _:
            yield source


def _is_long(cell: dict[str, Any]) -> bool:
    return any(len(_output(output)) > LONGEST_OUTPUT for output in cell.get("outputs") or [])


def _output(output: dict[str, Any]) -> str:
    """What a person reads of it; pictures and widgets are none of that."""
    shown = output.get("text") or (output.get("data") or {}).get("text/plain") or "\n".join(output.get("traceback", []))
    return _COLOURS.sub("", _text(shown))


def _text(lines: Any) -> str:
    return "".join(map(str, lines)) if isinstance(lines, list) else str(lines or "")


def fenced(text: str, language: str) -> str:
    """Code as a Markdown block, whose fence is longer than any in the text."""
    longest = max(map(len, re.findall(r"^ {0,3}(`{3,})", text, re.MULTILINE)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
