"""The reading process: limits itself, reads one file, writes JSON to its standard output. Started by isolation.py."""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def main(path: Path, extension: str, seconds: int, memory: int, wall: int, *, ocr: bool) -> None:
    limit(seconds, memory, wall)
    end_with_parent()
    # Libraries print; the answer must be alone on its descriptor.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    result = _result(path, extension, seconds, ocr)
    # A lone half of a surrogate pair cannot be stored anywhere.
    text = json.dumps(result, ensure_ascii=False).encode("utf-8", errors="replace").decode("utf-8")
    answer.write(text)
    answer.flush()
    # Without the interpreter's end: native libraries have been seen to crash while they are unloaded.
    os._exit(0)


def _result(path: Path, extension: str, seconds: int, ocr: bool) -> dict[str, object]:
    from knowledge.parsing import READERS, ParseError, Recogniser, sentences

    reader = READERS[extension]
    try:
        parsed = reader.recognise(path, seconds) if ocr and isinstance(reader, Recogniser) else reader.read(path)
    except ParseError as error:
        return {"error": error.sentence, "values": error.values}
    except RecursionError:
        return {"error": sentences.TOO_DEEP, "values": {}}
    return {
        "blocks": [[block.text, block.heading, block.page, block.table] for block in parsed.blocks],
        "pages": parsed.pages,
        "pages_without_text": parsed.pages_without_text,
        "parser": parsed.parser or reader.parser,
        "notes": parsed.notes,
    }


def end_with_parent() -> None:
    """Nobody waits for what a killed worker had begun; where the system cannot do that, the limits end it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def limit(seconds: int, memory: int, wall: int | None = None) -> None:
    """`seconds` of the processor, and of the clock when `wall` says nothing else; `memory` in bytes of addresses."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The text goes to standard output, a file; nothing else is to be written, and that only so far.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (200 * 1024**2, 200 * 1024**2))
    # Ends this process even when the one that started it was killed and cannot.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(wall or seconds)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:6]), ocr=sys.argv[6:] == ["ocr"])
