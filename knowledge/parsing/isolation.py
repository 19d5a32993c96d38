"""Each file is parsed in a process of its own, with limits: a hostile one costs that process and nothing else.

`parse` is the door; child.py is the other side, in a process forked by nursery.py. It knows nothing of Django or the
database.
"""

import json
import logging
import re
import signal
import tempfile
from pathlib import Path
from typing import IO

from knowledge.parsing import nursery, sentences
from knowledge.parsing.base import LONGEST_TEXT, Block, ParsedFile, ParseError

CPU_SECONDS = 60
OCR_SECONDS = 900
# A busy machine gives a process a part of its time; a file is not to blame for that.
_WALL_SHARE = 2
WALL_SECONDS = CPU_SECONDS * _WALL_SHARE
MEMORY = 3 * 1024**3
CHILD = "knowledge.parsing.child"
# Nothing of our environment: no keys, no settings, one thread for every numeric library.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"} | dict.fromkeys(
    ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "RAYON_NUM_THREADS"), "1"
)
log = logging.getLogger(__name__)
_LARGEST_ANSWER = LONGEST_TEXT * 8
_OUT_OF_MEMORY = (b"memory allocation", b"MemoryError", b"bad_alloc", b"Out of memory", b"Cannot allocate")


def parse(
    path: Path, extension: str, *, ocr: bool = False, seconds: int | None = None, memory: int = MEMORY
) -> ParsedFile:
    """The text of a file. Raises `ParseError`, whatever the file does to its reader. `seconds` are of the processor.

    With `ocr`, pages that are pictures are read too, which takes up to OCR_SECONDS (recognition.py).
    """
    seconds = seconds or (OCR_SECONDS if ocr else CPU_SECONDS)
    # Recognition works in processes of its own and looks at the clock itself.
    wall = seconds if ocr else seconds * _WALL_SHARE
    arguments = [CHILD, str(path.resolve()), extension, str(seconds), str(memory), str(wall), *(["ocr"] if ocr else [])]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as complaints:
        code = nursery.fork(arguments, _ENVIRONMENT, out, complaints).wait(wall + 5)
        if code is None:
            raise ParseError(sentences.TOO_SLOW, seconds=seconds)
        if code != 0:
            raise _cause(code, complaints, seconds)
        return _answer(out)


def _cause(code: int, complaints: IO[bytes], seconds: int) -> ParseError:
    if code in (-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL):
        return ParseError(sentences.TOO_SLOW, seconds=seconds)
    complaints.seek(0)
    told = complaints.read(1024 * 1024)
    if any(sign in told for sign in _OUT_OF_MEMORY):
        return ParseError(sentences.TOO_HUNGRY)
    log.warning("A reader ended with %s: %s", code, kind_of(told))
    return ParseError(sentences.CRASHED)


def kind_of(complaint: bytes) -> str:
    """What kind of error ended a child, from the last line of its traceback; the rest may quote what it read."""
    last = complaint.decode(errors="replace").strip().rpartition("\n")[2]
    found = re.match(r"[\w.]{1,100}(?=:|$)", last)
    return found[0] if found else "no reason"


def _answer(out: IO[bytes]) -> ParsedFile:
    out.seek(0)
    body = out.read(_LARGEST_ANSWER + 1)
    if len(body) > _LARGEST_ANSWER:
        raise ParseError(sentences.TOO_MUCH_TEXT, millions=LONGEST_TEXT // 1_000_000)
    answer = json.loads(body)
    if "error" in answer:
        raise ParseError(answer["error"], **answer["values"])
    blocks = tuple(
        Block(text=text, heading=tuple(heading), page=page, table=table)
        for text, heading, page, table in answer["blocks"]
    )
    if not blocks:
        raise ParseError(sentences.EMPTY)
    return ParsedFile(
        blocks=blocks, pages=answer["pages"], pages_without_text=answer["pages_without_text"], parser=answer["parser"],
        notes=tuple((sentence, values) for sentence, values in answer["notes"]),
    )  # fmt: skip
