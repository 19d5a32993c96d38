"""JSON and JSON Lines: lists of records are tables, all else is lines of “path: value” below the outer keys."""

import json
from collections.abc import Iterator
from pathlib import Path

from knowledge.parsing import sentences
from knowledge.parsing.base import Block, Note, ParsedFile, ParseError, with_text
from knowledge.parsing.tables import TableText
from knowledge.parsing.text import is_text, read_text

MOST_LEVELS = 100
_HEADING_LEVELS = 3
_MOST_COLUMNS = 60
_LONGEST_KEY = 120
Value = str | bool | None | list["Value"] | dict[str, "Value"]


class JsonReader:
    extensions: tuple[str, ...] = ("json", "jsonl", "ndjson")
    media_type = "application/json"
    parser = "JSON"

    def recognises(self, head: bytes) -> bool:
        return is_text(head)

    def read(self, path: Path) -> ParsedFile:
        text, notes = read_text(path)
        walk = _Walk()
        blocks = with_text(walk.blocks(_value(text), ()))
        return ParsedFile(blocks=blocks, notes=(*notes, *walk.notes))


def _value(text: str) -> Value:
    try:
        return _loads(text)
    except json.JSONDecodeError as whole:
        lines = [line for line in text.split("\n") if line.strip()]
        try:
            # Files called .json often hold one value a line.
            return [_loads(line) for line in lines] if len(lines) > 1 else _broken(whole)
        except json.JSONDecodeError:
            return _broken(whole)


def _loads(text: str) -> Value:
    # Numbers stay as they were written: 1.10 is not 1.1 to who looks for it.
    value: Value = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    return value


def _broken(error: json.JSONDecodeError) -> Value:
    raise ParseError(sentences.BROKEN_JSON, line=error.lineno) from None


class _Walk:
    def __init__(self) -> None:
        self.notes: list[Note] = []

    def blocks(self, value: Value, keys: tuple[str, ...]) -> Iterator[Block]:
        """`keys` lead to the value; the first few of them are its headings."""
        if (records := _records(value)) is not None:
            table = TableText(".".join(keys) or "JSON", heading=keys[:_HEADING_LEVELS])
            yield from table.read(records)
            self.notes += table.notes
        elif isinstance(value, dict) and len(keys) < _HEADING_LEVELS:
            lines = [f"{key}: {_plain(one)}" for key, one in value.items() if not isinstance(one, dict | list)]
            yield Block(text="\n".join(lines), heading=keys)
            for key, one in value.items():
                if isinstance(one, dict | list):
                    yield from self.blocks(one, (*keys, key[:_LONGEST_KEY]))
        else:
            yield Block(text="\n".join(_lines(value, "")), heading=keys[:_HEADING_LEVELS])


def _records(value: Value) -> list[list[str]] | None:
    """A list of objects as rows below their keys; None when they are too unlike each other, or too deep."""
    if not isinstance(value, list) or len(value) < 2:
        return None
    rows: list[dict[str, str]] = []
    columns: dict[str, None] = {}
    for one in value:
        if not isinstance(one, dict) or (row := _flat(one)) is None:
            return None
        rows.append(row)
        columns.update(dict.fromkeys(row))
        if len(columns) > _MOST_COLUMNS:
            return None
    if len(columns) < 2:
        return None
    return [list(columns), *([row.get(column, "") for column in columns] for row in rows)]


def _flat(record: dict[str, Value]) -> dict[str, str] | None:
    flat: dict[str, str] = {}
    for key, value in record.items():
        inner = {"": value} if not isinstance(value, dict) else {f".{name}": one for name, one in value.items()}
        for name, one in inner.items():
            if isinstance(one, dict) or (isinstance(one, list) and any(isinstance(part, dict | list) for part in one)):
                return None
            plain = ", ".join(map(_plain, one)) if isinstance(one, list) else _plain(one)
            flat[f"{key}{name}"] = plain
    return flat


def _lines(value: Value, path: str, level: int = 0) -> Iterator[str]:
    if level > MOST_LEVELS:
        raise ParseError(sentences.TOO_DEEP)
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _lines(one, f"{path}.{key[:_LONGEST_KEY]}" if path else key[:_LONGEST_KEY], level + 1)
    elif isinstance(value, list) and all(not isinstance(one, dict | list) for one in value):
        yield f"{path}: {', '.join(map(_plain, value))}" if path else "\n".join(map(_plain, value))
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _lines(one, f"{path}[{at}]", level + 1)
    else:
        yield f"{path}: {_plain(value)}" if path else _plain(value)


def _plain(value: Value) -> str:
    return str(value) if isinstance(value, str) else json.dumps(value)
