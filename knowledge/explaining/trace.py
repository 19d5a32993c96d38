"""What a search saw on its way, written down by the search itself while it runs.

A question from a chat carries none, and then nothing is kept. It holds what the search had in its hands; putting that
into words is for `bench.py` and `why.py`.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    from knowledge.candidates import Row
    from knowledge.judging import Leg
    from knowledge.passages import Passage
    from knowledge.ranking import Found
    from knowledge.wording import Overlap


class Fate(StrEnum):
    """What became of a passage; the first four happen while the room is filled."""

    SENT = "sent"
    JOINED = "joined"  # with a neighbour that is sent
    DUPLICATE = "duplicate"
    NO_ROOM = "no-room"
    FLOOR = "floor"  # it has too little to do with the question
    UNJUDGED = "unjudged"  # too far down both lists
    OFF = "off"
    NOT_READY = "not-ready"  # its document
    SUPERSEDED = "superseded"  # its document
    GONE = "gone"


class Packed(NamedTuple):
    """`other` is the chunk that it was joined with, or repeats."""

    fate: Fate
    other: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Of one leg: what the passages have of its wording, how much each lacks to be relevant (0 and less is enough),
    and what they scored; those without a score lie below the floor."""

    overlaps: "Mapping[int, Overlap]"
    lacking: Mapping[int, float]
    scores: Mapping[int, float]


class Step(NamedTuple):
    """`name` is "embedding", "meaning", "words", "judging", "reranking" or "packing"; legs run side by side."""

    name: str
    seconds: float
    query: str = ""


@dataclass(slots=True)
class Trace:
    """One search. Lists with an entry for each query are in the order of `legs`."""

    readable: Sequence[UUID] = ()
    legs: "Sequence[Leg]" = ()
    vectors: dict[str, Sequence[float]] = field(default_factory=dict)  # of the queries
    steps: list[Step] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)  # of a step, as a sentence
    without_vectors: Sequence[UUID] = ()  # libraries
    there: Mapping[Any, int] = field(default_factory=dict)
    lists: Sequence[tuple[Mapping[int, float], Mapping[int, float]]] = ()
    pools: Sequence[Sequence[int]] = ()
    rows: "Mapping[int, Row]" = field(default_factory=dict)
    judgements: list[Judgement] = field(default_factory=list)
    ranked: "Sequence[Found]" = ()
    order: "Sequence[Found]" = ()
    reranker: str = ""
    reranked: int = 0  # so many were read by it
    packed: dict[int, Packed] = field(default_factory=dict)
    sent: "Sequence[Passage]" = ()

    @contextmanager
    def timed(self, name: str, query: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.steps.append(Step(name, time.perf_counter() - begun, query))


_nothing: AbstractContextManager[None] = nullcontext()


def timed(trace: Trace | None, name: str, query: str = "") -> AbstractContextManager[None]:
    return _nothing if trace is None else trace.timed(name, query)
