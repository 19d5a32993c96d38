"""What goes between the rim and a child: a line of JSON that says how many bytes follow, and the bytes. Pure."""

import json
from dataclasses import dataclass
from typing import IO, Any

_LONGEST_HEAD = 4 * 1024 * 1024


class ChildGone(Exception):
    """It ended in the middle of something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    head: dict[str, Any]
    body: bytes = b""


def write(stream: IO[bytes], frame: Frame) -> None:
    stream.write(json.dumps({**frame.head, "bytes": len(frame.body)}).encode() + b"\n")
    stream.write(frame.body)
    stream.flush()


def read(stream: IO[bytes]) -> Frame:
    line = stream.readline(_LONGEST_HEAD)
    try:
        head = json.loads(line)
        body = stream.read(head.pop("bytes"))
    except (ValueError, KeyError):
        raise ChildGone from None
    return Frame(head=head, body=body)
