"""What of the attached documents is put before the model: all of it when there is room, else what fits the question.

Pure. The ranking is by words alone, in memory: a file that was attached a second ago is in no index.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from chat.prompt import estimate_tokens
from knowledge.chunking import ChunkText, chunk
from knowledge.parsing import Block
from knowledge.passages import Passage
from knowledge.segmentation import question_words, words

SIZE = 1200  # characters of a passage: two or three paragraphs, so that a citation still says where
AROUND = 40  # tokens of the mark around each passage
# Of the window, when nothing else is consulted; and never more than a person would wait for, turn by turn.
SHARE, SHARE_BESIDE_OTHERS = 1 / 2, 1 / 3
MOST = 24_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    name: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class _Piece:
    chunk: ChunkText
    cost: int


def room_for(window: int | None, *, others: bool) -> int:
    """Tokens that attached documents may take; `others`: libraries or the web are asked as well."""
    return min(int(window * (SHARE_BESIDE_OTHERS if others else SHARE)), MOST) if window else MOST


def quoted(documents: Sequence[Document], question: str, room: int) -> list[Passage]:
    """The passages, document by document, each in the order of its text. What one leaves over goes to the next."""
    cut = [(place, document, _pieces(document)) for place, document in enumerate(documents)]
    passages: dict[int, list[Passage]] = {}
    # The small ones first: what they do not need is for the large ones.
    by_size = sorted(cut, key=lambda one: sum(piece.cost for piece in one[2]))
    for done, (place, document, pieces) in enumerate(by_size):
        share = room // (len(cut) - done)
        chosen = _whole(pieces) if sum(piece.cost for piece in pieces) <= share else _best(pieces, question, share)
        room -= sum(pieces[number].cost for number in chosen)
        passages[place] = [_passage(document, pieces[number].chunk, chosen[number]) for number in sorted(chosen)]
    return [passage for place in sorted(passages) for passage in passages[place]]


def _pieces(document: Document) -> list[_Piece]:
    chunks = chunk(document.blocks, size=SIZE, overlap=0)
    return [_Piece(one, estimate_tokens(one.text) + AROUND) for one in chunks]


def _whole(pieces: Sequence[_Piece]) -> dict[int, float]:
    return dict.fromkeys(range(len(pieces)), 1.0)


def _best(pieces: Sequence[_Piece], question: str, room: int) -> dict[int, float]:
    """Numbers of pieces with their scores: the beginning, which says what it is, then what has the question's words,
    then, for a question about the whole ("what is this about?"), pieces from all over it."""
    scores = _by_words([piece.chunk for piece in pieces], question)
    worded = sorted((number for number in scores if scores[number] > 0), key=lambda number: -scores[number])
    spread = [int(part * len(pieces)) for part in _evenly(room // max(pieces[0].cost, 1))]
    chosen: dict[int, float] = {}
    for number in dict.fromkeys([0, *worded, *spread]):
        if pieces[number].cost <= room:
            room -= pieces[number].cost
            chosen[number] = 0.5 + scores.get(number, 0.0) / 2
    return chosen


def _by_words(chunks: Sequence[ChunkText], question: str) -> dict[int, float]:
    """BM25 over these chunks alone, scaled to 0…1."""
    asked = question_words(question)
    counted = [Counter(words(f"{one.heading} {one.text}")) for one in chunks]
    usual = sum(count.total() for count in counted) / max(len(counted), 1) or 1.0
    scores = dict.fromkeys(range(len(chunks)), 0.0)
    for word in asked:
        having = [number for number, count in enumerate(counted) if word in count]
        if not having or len(having) * 2 > len(chunks) > 2:
            continue  # it stands nearly everywhere and tells nothing
        rarity = math.log(1 + (len(chunks) - len(having) + 0.5) / (len(having) + 0.5))
        for number in having:
            often, length = counted[number][word], counted[number].total()
            scores[number] += rarity * often * 2.2 / (often + 1.2 * (0.25 + 0.75 * length / usual))
    best = max(scores.values(), default=0.0)
    return {number: score / best for number, score in scores.items()} if best else scores


def _evenly(count: int) -> list[float]:
    """Fractions of the way through, coarse before fine, so that however many fit they lie apart."""
    fractions: list[float] = []
    step = 1.0
    while len(fractions) < min(count, 1000):
        step /= 2
        fractions += [step * odd for odd in range(1, int(1 / step), 2)]
    return fractions


def _passage(document: Document, piece: ChunkText, score: float) -> Passage:
    return Passage(
        text=piece.text,
        title=document.name,
        document_name=document.name,
        heading=piece.heading,
        page=piece.page,
        score=score,
    )
