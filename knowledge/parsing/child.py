"""The reading process: limits itself, reads one file, writes JSON to its standard output. Started by isolation.py."""

import contextlib
import json
import os
import resource
import signal
import sys
from pathlib import Path


def main(path: Path, extension: str, seconds: int, memory: int) -> None:
    limit(seconds, memory)
    # Libraries print; the answer must be alone on its descriptor.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    from knowledge.parsing import READERS, ParseError

    try:
        parsed = READERS[extension].read(path)
    except ParseError as error:
        result: dict[str, object] = {"error": error.sentence, "values": error.values}
    else:
        blocks = [[block.text, block.heading, block.page, block.table] for block in parsed.blocks]
        result = {"blocks": blocks, "pages": parsed.pages}
    # A lone half of a surrogate pair cannot be stored anywhere.
    text = json.dumps(result, ensure_ascii=False).encode("utf-8", errors="replace").decode("utf-8")
    answer.write(text)
    answer.flush()
    # Without the interpreter's end: native libraries have been seen to crash while they are unloaded.
    os._exit(0)


def limit(seconds: int, memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The text goes to standard output, a file; nothing else is to be written, and that only so far.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (200 * 1024**2, 200 * 1024**2))
    # Ends this process even when the one that started it was killed and cannot.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
