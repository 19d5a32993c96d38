"""Lines of the log: as text for people, or as JSON for programs. Each is one line, and names what it belongs to.

No text of a message goes into a log, nor do the values that PostgreSQL quotes in its refusals; what others say (a
file's name, an address) cannot begin a line of its own.
"""

import json
import logging
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from webui.request_ids import current

# Line breaks as every reader sees them, and what terminals obey.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def one_line(text: str) -> str:
    """With its line breaks and other control characters written out."""
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


def without_values(text: str, record: logging.LogRecord) -> str:
    """The text without what PostgreSQL says under DETAIL: "Failing row contains (…)" quotes what people wrote."""
    args = record.args if isinstance(record.args, tuple) else ()
    for error in (record.exc_info[1] if record.exc_info else None, *args):
        for one in _chain(error):
            if detail := getattr(getattr(one, "diag", None), "message_detail", None):
                text = text.replace(detail, "…")
    return text


def _chain(error: object) -> Iterator[BaseException]:
    seen: set[int] = set()
    while isinstance(error, BaseException) and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


class TextLines(logging.Formatter):
    """`2026-11-22 01:02:03,456 WARNING chat.keeper [name]: text`; a traceback stands below it, set in."""

    def format(self, record: logging.LogRecord) -> str:
        name = current()
        head = f"{self.formatTime(record)} {record.levelname} {record.name}{f' [{name}]' if name else ''}"
        lines = [f"{head}: {one_line(without_values(record.getMessage(), record))}"]
        if record.exc_info and record.exc_info[0]:
            trace = without_values(self.formatException(record.exc_info), record)
            lines += [f"    {one_line(line)}" for line in trace.splitlines()]
        return "\n".join(lines)


class JsonLines(logging.Formatter):
    """One object a line: time, level, logger, request, text, process, and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        found: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": current(),
            "text": without_values(record.getMessage(), record),
            "process": os.getpid(),
        }
        if record.exc_info and record.exc_info[0]:
            found["traceback"] = without_values(self.formatException(record.exc_info), record)
        return json.dumps(found, ensure_ascii=True)
