"""A search as people may look at it: every passage that either way of searching named, and what became of it.

It is the search of a chat, with its limits, and a trace beside it. Synchronous. Raises `RetrievalError`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db.models import Q

from knowledge import embedding, segmentation
from knowledge.explaining.trace import Fate, Step, Trace
from knowledge.models import Chunk, Document, Library
from knowledge.passages import Passage

if TYPE_CHECKING:
    from knowledge.candidates import Row
    from knowledge.retrieval import Query
    from webui.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A passage on the bench. Ranks and places count from 1; 0 stands for none.

    `meaning` and `words` are its ranks in the two lists, with cosine and score there; `score` (0…1) and `place` come of
    judging both together, `reranked` of the reranker. `number` is the passage among those sent that it is, that holds
    it, or that it repeats.
    """

    chunk_id: int
    document_id: UUID
    library_id: UUID
    document_name: str
    heading: str
    page: int | None
    text: str
    fate: Fate
    number: int = 0
    meaning: int = 0
    cosine: float = 0.0
    words: int = 0
    words_score: float = 0.0
    score: float = 0.0
    place: int = 0
    reranked: int = 0
    no_vector: bool = False

    @property
    def is_given(self) -> bool:
        """Whether the model sees what it says."""
        return self.fate in (Fate.SENT, Fate.JOINED, Fate.DUPLICATE) and self.number > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A query, and the words of it that were looked for, those that tell most first, each with its weight."""

    query: str
    words: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """`sent` is what a chat is given, in its order; `steps` and `troubles` are the trace's."""

    question: str
    asked: tuple[Words, ...]
    candidates: tuple[Candidate, ...]
    sent: tuple[Passage, ...]
    steps: tuple[Step, ...]
    trace: Trace

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(one.fate.value for one in self.candidates))

    def candidate(self, chunk_id: int) -> Candidate | None:
        return next((one for one in self.candidates if one.chunk_id == chunk_id), None)


def search(question: str, user: "User", library_ids: Sequence[UUID], *, queries: "Sequence[Query]" = ()) -> Bench:
    """`queries` are what a chat would search for instead (chat/rewording.py), the question itself first."""
    from knowledge.retrieval import Query, find_passages

    trace = Trace()
    first, *also = queries or [Query(text=question)]
    with trace.timed("all", ""):
        async_to_sync(find_passages)(first.text, user, library_ids, worth=first.worth, also=also, trace=trace)
    return bench_of(question, user, trace)


def bench_of(question: str, user: "User", trace: Trace) -> Bench:
    found = _Gathered(user, trace)
    return Bench(
        question=question,
        asked=tuple(_words(leg.question, leg.weights) for leg in trace.legs),
        candidates=tuple(sorted(found.candidates(), key=_order)),
        sent=tuple(trace.sent),
        steps=tuple(trace.steps),
        trace=trace,
    )


def _words(query: str, weights: Mapping[str, float]) -> Words:
    asked = {word: weights.get(word, 0.0) for word in segmentation.content_words(query)}
    return Words(query=query, words=tuple(sorted(asked.items(), key=lambda item: -item[1])))


def _order(one: Candidate) -> tuple[int, int, int]:
    """As they are shown: what is sent, what was judged, what was not."""
    if one.fate == Fate.SENT:
        return 0, one.number, 0
    if one.place:
        return 1, one.reranked or one.place, one.chunk_id
    return 2, min(one.meaning or 999, one.words or 999), one.chunk_id


class _Gathered:
    """What a trace knows of each chunk, looked up by id."""

    def __init__(self, user: "User", trace: Trace) -> None:
        self._trace = trace
        self._visible = Library.objects.visible_to(user).filter(pk__in=trace.readable)
        self._meaning = _ranks(cosines for cosines, _worded in trace.lists)
        self._words = _ranks(worded for _cosines, worded in trace.lists)
        self._scored = {found.chunk_id: found.score for found in trace.ranked}
        self._places = {found.chunk_id: number for number, found in enumerate(trace.ranked, 1)}
        moved = trace.order if trace.reranked else ()
        self._reranked = {found.chunk_id: number for number, found in enumerate(moved, 1)}
        self._numbers = {passage.chunk_id: number for number, passage in enumerate(trace.sent, 1)}

    def candidates(self) -> list[Candidate]:
        named = self._meaning.keys() | self._words.keys()
        bare = self._without_vector(named - self._meaning.keys())
        found = [self._candidate(self._trace.rows[pk], pk in bare) for pk in named]
        return [*found, *self._unready()]

    def _candidate(self, row: "Row", no_vector: bool) -> Candidate:
        meaning, cosine = self._meaning.get(row.pk, (0, 0.0))
        words, words_score = self._words.get(row.pk, (0, 0.0))
        fate, number = (Fate.OFF, 0) if row.disabled else self._fate(row)
        return Candidate(
            chunk_id=row.pk, document_id=row.document_id, library_id=row.library_id, document_name=row.name,
            heading=row.heading, page=row.page, text=row.text, fate=fate, number=number, meaning=meaning, cosine=cosine,
            words=words, words_score=words_score, score=self._scored.get(row.pk, 0.0),
            place=self._places.get(row.pk, 0), reranked=self._reranked.get(row.pk, 0), no_vector=no_vector,
        )  # fmt: skip

    def _fate(self, row: "Row") -> tuple[Fate, int]:
        if number := self._numbers.get(row.pk):
            return Fate.SENT, number
        if number := self._held_by(row):
            return Fate.JOINED, number
        if row.pk in self._places:
            packed = self._trace.packed.get(row.pk)
            if packed and packed.fate == Fate.DUPLICATE:
                return Fate.DUPLICATE, self._number_of(packed.other)
            return Fate.NO_ROOM, 0
        judged = any(row.pk in pool for pool in self._trace.pools)
        return (Fate.FLOOR if judged else Fate.UNJUDGED), 0

    def _held_by(self, row: "Row") -> int:
        """The passage sent that has all of its text: its neighbour's, or its whole document."""
        for number, passage in enumerate(self._trace.sent, 1):
            start, end = passage.start or 0, passage.end or 0
            if passage.document_id == str(row.document_id) and start <= row.start and row.end <= end:
                return number
        packed = self._trace.packed.get(row.pk)
        return self._numbers.get(packed.other, 0) if packed and packed.fate == Fate.JOINED else 0

    def _number_of(self, chunk_id: int) -> int:
        row = self._trace.rows.get(chunk_id)
        return self._numbers.get(chunk_id) or (self._held_by(row) if row else 0)

    def _without_vector(self, pks: Iterable[int]) -> set[int]:
        present = embedding.fingerprint(self._width()) if self._trace.vectors else ""
        if not present:
            return set()
        bare = Chunk.objects.filter(Q(vector=None) | ~Q(fingerprint=present), pk__in=pks)
        return set(bare.values_list("pk", flat=True))

    def _width(self) -> int:
        return len(next(iter(self._trace.vectors.values())))

    def _unready(self) -> list[Candidate]:
        """What the vectors named and the database does not give: documents that are being read, or are gone."""
        lost: dict[UUID, tuple[int, float]] = {}
        for leg in self._trace.legs:
            for rank, hit in enumerate(leg.near.hits if leg.near else (), 1):
                if (hit.document_id, hit.ordinal) not in self._trace.there:
                    lost.setdefault(hit.document_id, (rank, hit.score))
        documents = Document.objects.filter(pk__in=lost, library__in=self._visible).defer("steps")
        return [
            Candidate(
                chunk_id=0, document_id=one.pk, library_id=one.library_id, document_name=one.name, heading="",
                page=None, text="", fate=_unready_as(one),
                meaning=lost[one.pk][0], cosine=lost[one.pk][1],
            )
            for one in documents
        ]  # fmt: skip


def _unready_as(document: Document) -> Fate:
    if document.status != Document.Status.READY:
        return Fate.NOT_READY
    return Fate.SUPERSEDED if document.superseded_at else Fate.GONE


def _ranks(lists: Iterable[Mapping[int, float]]) -> dict[int, tuple[int, float]]:
    """{chunk: its best rank of all queries, and what it scored there}."""
    best: dict[int, tuple[int, float]] = {}
    for scores in lists:
        for rank, (pk, score) in enumerate(scores.items(), 1):
            if pk not in best or rank < best[pk][0]:
                best[pk] = rank, score
    return best
