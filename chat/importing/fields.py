"""Single values out of files of strangers: whatever is not of the expected kind is as if it were not there. Pure."""

import math
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

Record: TypeAlias = Mapping[str, Any]
_DAY = 86_400.0
_FIRST = 631_152_000.0  # 1990
# A zero byte fits into no PostgreSQL text, half a pair of surrogates into no UTF-8.
_UNFIT = re.compile("[\x00\ud800-\udfff]")


def text(value: object) -> str:
    return _UNFIT.sub("", value) if isinstance(value, str) else ""


def line(value: object, longest: int) -> str:
    """In one line and no longer than that."""
    return " ".join(text(value)[: longest * 4].split())[:longest]


def key(value: object) -> str:
    """An id, which may be a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)[:200]
    return text(value)[:200]


def record(value: object) -> Record:
    return value if isinstance(value, Mapping) else {}


def entries(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def records(value: object) -> list[Record]:
    return [one for one in entries(value) if isinstance(one, Mapping)]


def number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e18 and math.isfinite(value) else None


def page(value: object) -> int | None:
    found = number(value)
    return int(found) if found is not None and 0 <= found <= 1_000_000 else None


def moment(value: object) -> float | None:
    """Seconds since 1970 out of seconds, milliseconds or an ISO date; None when no chat is of that time."""
    seconds = number(value)
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value.strip()[:40])
        except ValueError:
            return None
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    if seconds is None:
        return None
    while seconds > 1e11:
        seconds /= 1000
    return seconds if _FIRST < seconds < time.time() + _DAY else None


def apart(written: str) -> tuple[str, str]:
    """(text, thoughts) of an answer that begins with its thoughts between tags."""
    start = written.lstrip()
    for opening, closing in (("<think>", "</think>"), ("<thinking>", "</thinking>"), (":::thinking", ":::")):
        if start.startswith(opening) and (end := start.find(closing, len(opening))) > 0:
            return start[end + len(closing) :].lstrip(), start[len(opening) : end].strip()
    return written, ""


def web_address(value: object) -> str | None:
    """An address that a person may be led to."""
    address = text(value).strip()
    return address if address.startswith(("https://", "http://")) and len(address) <= 2000 else None


def is_cited(number_of_it: int, written: str) -> bool:
    return f"[{number_of_it}]" in written
