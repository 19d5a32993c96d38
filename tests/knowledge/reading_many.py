"""Reads many files, each in a real reading process of its own, that is forked so that none waits for imports.

`python -m tests.knowledge.reading_many FOLDER`: for each “number.extension” there, “number.answer” and “number.code”.
"""

import os
import sys
from pathlib import Path

from knowledge.parsing import READERS, child, isolation  # noqa: F401  loaded once, for all of them


def read(path):
    if pid := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with path.with_suffix(".answer").open("wb") as answer:
        os.dup2(answer.fileno(), 1)
    limits = isolation.CPU_SECONDS, isolation.MEMORY, isolation.WALL_SECONDS
    child.main(path, path.suffix[1:], *limits, ocr=False)
    return None


if __name__ == "__main__":
    for module in ("kreuzberg", "trafilatura", "openpyxl", "pypdfium2", "PIL.Image", "lxml.etree"):
        __import__(module)
    for file in sorted(Path(sys.argv[1]).iterdir()):
        file.with_suffix(".code").write_text(str(read(file)))
