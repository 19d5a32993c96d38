"""What was judged, as lines that trainers read: pairs (DPO of TRL) and single answers with a label (KTO). Pure.

Every line of a form has the same keys, whether it was judged by a thumb, in the arena or side by side: trainers make a
table of them.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["all", "pairs", "single"]
KINDS: dict[str, Kind] = {"all": "all", "pairs": "pairs", "single": "single"}
Line: TypeAlias = dict[str, Any]
Prompt: TypeAlias = Sequence[dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`libraries`: passages of libraries were read for it."""

    text: str
    model: str
    libraries: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """How it was judged. `why` is rated, kept, arena or comparison; `blind`: without knowing whose answer is whose."""

    why: str
    at: datetime | None
    blind: bool = False
    topic: str = ""
    reasons: Sequence[str] = ()
    note: str = ""

    def columns(self) -> Line:
        told = {"why": self.why, "blind": self.blind, "topic": self.topic, "reasons": list(self.reasons)}
        return told | {"note": self.note, "judged_at": self.at.isoformat() if self.at else ""}


def pair(prompt: Prompt, better: Answer, worse: Answer, about: About) -> Line:
    said = {"prompt": prompt, "chosen": _said(better), "rejected": _said(worse)}
    models = {"chosen_model": better.model, "rejected_model": worse.model}
    libraries = {"chosen_libraries": better.libraries, "rejected_libraries": worse.libraries}
    return {**said, **models, **libraries, **about.columns()}


def single(prompt: Prompt, answer: Answer, liked: bool, about: About) -> Line:
    told = {"prompt": prompt, "completion": _said(answer), "label": liked}
    return told | {"model": answer.model, "libraries": answer.libraries, **about.columns()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Two:
    """Two answers to one question. `won` is the place of the better one; where neither is, `liked` is of both."""

    prompt: Prompt
    both: tuple[Answer, Answer]
    won: int | None
    liked: bool
    about: About

    def lines(self, kind: Kind) -> Iterator[Line]:
        """One pair where one was better; two single ones where neither was, or where single ones are wanted."""
        if self.won is not None and kind != "single":
            yield pair(self.prompt, self.both[self.won], self.both[1 - self.won], self.about)
        elif self.won is not None or kind != "pairs":
            for place, answer in enumerate(self.both):
                yield single(self.prompt, answer, self.liked if self.won is None else place == self.won, self.about)


def encoded(line: Line) -> str:
    return json.dumps(line, ensure_ascii=False) + "\n"


def _said(answer: Answer) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": answer.text}]
