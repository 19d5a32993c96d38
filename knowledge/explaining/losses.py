"""Where on its way through a search a passage was lost, and what would have been enough."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from knowledge import embedding, packing, relevance, segmentation
from knowledge.explaining import standing
from knowledge.explaining.bench import Bench
from knowledge.explaining.places import Target
from knowledge.explaining.trace import Fate
from knowledge.models import Document
from knowledge.ranking import CANDIDATES, JUDGED
from knowledge.retrieval import CHARACTERS, LIMIT
from knowledge.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """`helps` are "passage" (look at it, change it), "reread", or a sentence of advice."""

    step: str
    text: str
    passed: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()


def of(target: Target, bench: Bench, document: Document) -> Loss:
    candidate = target.candidate
    if candidate and candidate.is_given:
        text = _("It was found. It is passage %(number)s of those that are sent.") % {"number": candidate.number}
        if candidate.fate == Fate.JOINED:
            text = _("It was found. It is a part of passage %(number)s of those that are sent.") % {
                "number": candidate.number
            }
        elif candidate.fate == Fate.DUPLICATE:
            text = _("It says the same as passage %(number)s, which is sent in its place.") % {
                "number": candidate.number
            }
        return Loss(step="found", text=text)
    if loss := _unsearched(target, bench, document):
        return loss
    if candidate is None or candidate.fate in (Fate.UNJUDGED, Fate.GONE):
        return _outside(target, bench)
    ranks = _ranks(candidate.meaning, candidate.words)
    if candidate.fate == Fate.FLOOR:
        return _below(target, bench, ranks)
    if candidate.fate == Fate.NO_ROOM:
        return _crowded_out(target, bench, ranks)
    return _outside(target, bench)


def _unsearched(target: Target, bench: Bench, document: Document) -> Loss | None:
    """No vector that fits the present model, and no word that led to it."""
    if target.candidate is not None:
        return None
    if problem := bench.trace.troubles.get("meaning"):
        text = _(
            "Passages can be found by their words alone now, and none of the question's words leads to it. %(why)s"
        )
        return Loss(step="down", text=text % {"why": problem}, helps=(_("Try again in a minute."),))
    present = embedding.fingerprint(len(next(iter(bench.trace.vectors.values()), ())))
    if target.chunk.vector is None or target.chunk.fingerprint != present:
        text = _(
            "It has no vector of the present embedding model, so that only its words can find it, and they did not."
        )
        return Loss(step="no-vector", text=text, helps=("reread",))
    if document.library_id in bench.trace.without_vectors:
        text = _(
            "The vector index has lost this library, so that only words can find it. It is filled again by itself."
        )
        return Loss(step="index", text=text, helps=("reread", _("An administrator can run “manage.py rebuild_index”.")))
    return None


def _outside(target: Target, bench: Bench) -> Loss:
    """Too far down in both lists. Its exact ranks are looked up for this alone."""
    trace, leg = bench.trace, bench.trace.legs[0]
    vector = trace.vectors.get(leg.question)
    exact = standing.by_meaning(trace.readable, vector, target.chunk) if vector else None
    meaning, words = exact[0] if exact else 0, standing.by_words(trace.readable, leg.question, target.chunk)
    candidate = target.candidate
    if candidate is None and 0 < meaning <= CANDIDATES // 2:
        text = _("By its vector it would be number %(rank)s by meaning, but the vector index did not name it.")
        helps = ("reread", _("An administrator can run “manage.py rebuild_index”."))
        return Loss(step="index", text=text % {"rank": meaning}, helps=helps)
    text = _("It is too far down: %(ranks)s. Only the first %(most)s of each are looked at closely.") % {
        "ranks": _ranks(meaning, words), "most": JUDGED,
    }  # fmt: skip
    return Loss(step="outside", text=text, helps=("passage", *_missing_words(target, bench), *_narrower(bench)))


def _below(target: Target, bench: Bench, ranks: str) -> Loss:
    """Told of the query that it fits best."""
    pk, trace = target.chunk.pk, bench.trace
    judged = [(one.lacking[pk], number) for number, one in enumerate(trace.judgements) if pk in one.lacking]
    lacking, number = min(judged)
    overlap = trace.judgements[number].overlaps[pk]
    text = _("It lies below the relevance floor: it is hardly nearer to the question than text about nothing.")
    leg, cosine = trace.legs[number], trace.lists[number][0].get(pk)
    if leg.near is not None and cosine is not None:
        level = leg.near.ground.cjk if segmentation.is_cjk(target.chunk.text) else leg.near.ground.spaced
        # Beside a passage that is relevant, others may stay behind a little.
        over = lacking - (relevance.BEHIND if trace.ranked else 0.0)
        told = {"is": cosine, "enough": cosine + over * (1 - level)}
        text += " " + _("Its likeness is %(is).3f; %(enough).3f would have been enough.") % told
    share = {"share": round(100 * max(overlap.share, overlap.whole))}
    text += " " + _("It has %(share)d %% of the question's words.") % share
    return Loss(step="floor", text=text, passed=(ranks,), helps=(*_missing_words(target, bench), "passage"))


def _crowded_out(target: Target, bench: Bench, ranks: str) -> Loss:
    candidate, trace = target.candidate, bench.trace
    assert candidate is not None  # noqa: S101  it was judged
    passed = (ranks, _("It was judged: place %(place)s.") % {"place": candidate.place})
    main = max(trace.legs, key=lambda leg: leg.worth)
    if trace.reranked and candidate.reranked > candidate.place:
        wording = Wording(main.question, main.weights)
        unmoved = packing.pack(trace.ranked, wording, limit=LIMIT, characters=CHARACTERS)
        if any(found.chunk_id == candidate.chunk_id for found in unmoved):
            told = {"model": trace.reranker, "place": candidate.place, "now": candidate.reranked}
            text = _("The reranker (%(model)s) moved it from place %(place)s to %(now)s, and no room was left there.")
            helps: tuple[str, ...] = (_("An administrator can choose another reranker, or none."), "passage")
            return Loss(step="reranker", text=text % told, passed=passed, helps=helps)
    text = _(
        "Better ones filled the room: at most %(passages)s passages with %(characters)s characters are sent, and it"
        " came to place %(place)s."
    ) % {"passages": LIMIT, "characters": CHARACTERS, "place": candidate.reranked or candidate.place}
    advice = _("Ask about less at once, or with words that stand in it.")
    helps = (advice, *_missing_words(target, bench), *_narrower(bench), "passage")
    return Loss(step="room", text=text, passed=passed, helps=helps)


def _missing_words(target: Target, bench: Bench) -> tuple[str, ...]:
    asked = Wording(bench.question)
    there = asked.words_in(f"{target.chunk.heading}\n{target.chunk.text}")
    missing = [word for word in segmentation.content_words(bench.question) if segmentation.stem(word) not in there]
    if not missing or len(missing) > 12:
        return ()
    return (_("These words of the question do not stand in it: %(words)s.") % {"words": ", ".join(missing)},)


def _narrower(bench: Bench) -> tuple[str, ...]:
    return (_("Ask fewer libraries at once."),) if len(bench.trace.readable) > 1 else ()


def _ranks(meaning: int, words: int) -> str:
    by_meaning = _("number %(rank)s by meaning") % {"rank": meaning} if meaning else _("not named by meaning")
    by_words = _("number %(rank)s by words") % {"rank": words} if words else _("not named by words")
    return _("%(meaning)s, %(words)s") % {"meaning": by_meaning, "words": by_words}
