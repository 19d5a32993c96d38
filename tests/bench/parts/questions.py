"""Question sets for retrieval: passages, whole documents, questions with the place of their answer.

A folder holds en/ and zh/ with passages.jsonl, docs.jsonl and questions.jsonl, and perhaps parallel.jsonl: the same
questions in both languages ({"en", "zh", "passage_en", "passage_zh"}), for questions in another language than the text.
"""

import json
import os
from bisect import bisect_right
from pathlib import Path

from tests.servers.house import ROOT

DEFAULT = Path(os.environ.get("BENCH_DATA", ROOT.parent / "shared" / "data" / "retrieval"))
PARALLEL = Path(os.environ.get("BENCH_PARALLEL", DEFAULT / "parallel.jsonl"))
LANGUAGES = ("en", "zh")


def are_there(folder=DEFAULT):
    return (folder / "en" / "questions.jsonl").is_file()


def missing(name, folder=DEFAULT):
    return f"{name}: skipped, there are no question sets in {folder} (give another folder in BENCH_DATA)."


def rows(path):
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Text:
    """A document as the reader of Markdown gives it: headings apart. Knows where its characters stood before."""

    def __init__(self, document):
        from knowledge.chunking import BETWEEN_BLOCKS
        from knowledge.parsing.base import Block

        heading, self.blocks = (document["title"],) if document["title"] else (), []
        self._before, self._now = [], []
        at = now = 0
        for part in document["text"].split("\n\n"):
            if part.startswith("#"):
                heading = (part.lstrip("# "),)
            elif part.strip():
                self.blocks.append(Block(text=part, heading=heading))
                self._before.append(at)
                self._now.append(now)
                now += len(part) + len(BETWEEN_BLOCKS)
            at += len(part) + 2

    def place(self, at):
        """Where a character of the file stands in the text that was read."""
        block = bisect_right(self._before, at) - 1
        return self._now[block] + at - self._before[block]

    def holds(self, passage, question):
        """Whether this stretch of the document holds this very answer."""
        return passage.start <= self.place(question["start"]) and self.place(question["end"] - 1) < passage.end
