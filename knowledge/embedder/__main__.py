"""`python -m knowledge.embedder --port N --data DIR [--model NAME]`: the one process that holds local models."""

import argparse
import contextlib
import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

# Two threads that spin on two busy cores made a question ten times slower; libraries read this when they load.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")

from knowledge.embedder.line import Line
from knowledge.embedder.prompts import PACKAGED
from knowledge.embedder.server import EmbedderServer
from knowledge.embedder.shelf import Shelf


def main() -> None:
    parser = argparse.ArgumentParser(prog="knowledge.embedder", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="where the built model is kept")
    parser.add_argument("--model", default="", help="what embeds by default: a sentence-transformers name or folder")
    parser.add_argument(
        "--rest", type=float, default=900.0, help="seconds without work after which memory is given back"
    )
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")

    def load(kind: str, model: str) -> Any:
        from knowledge.embedder import engines

        if kind == "reranking":
            return engines.load_reranker(model)
        return engines.load("" if model == PACKAGED else model, given.data)

    signal.signal(signal.SIGTERM, _leave)
    line = Line(Shelf(load), given.model or PACKAGED, given.rest)
    server = EmbedderServer((given.host, given.port), line)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


main()
