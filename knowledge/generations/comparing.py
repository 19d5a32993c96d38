"""Saved questions asked of what serves and of what is to take its place: which got better, and which worse.

Without saved questions, sentences of documents are looked for: that shows what is broken, not what is good.
"""

import logging
import random
from collections.abc import Iterable, Sequence
from typing import Any

from asgiref.sync import async_to_sync
from django.utils import timezone

from knowledge import golden
from knowledge.golden import Asked, Expected
from knowledge.models import Chunk, Document, Generation, Library, RetrievalSettings
from knowledge.passages import Passage, RetrievalError
from knowledge.retrieval import find_passages
from knowledge.wording import sentences

MOST = 300
MADE_UP = 40
_SHORT, _LONG = 12, 160

log = logging.getLogger(__name__)


def compare(generation: Generation) -> None:
    """Ask, keep what came of it with the generation, and call it filled."""
    asked = list(_saved())
    found: dict[str, Any] = {"at": timezone.now().isoformat(), "made_up": not asked, "changes": []}
    try:
        for library, questions in asked or _made_up():
            found["changes"] += _changes(generation, library, questions)
    except RetrievalError as problem:
        found["problem"] = str(problem)
    Generation.objects.filter(pk=generation.pk, claim=generation.claim).update(
        comparison=found, filled_at=timezone.now()
    )


def _saved() -> Iterable[tuple[Library, list[Asked]]]:
    left = MOST
    for library in Library.objects.filter(golden_questions__isnull=False).distinct().select_related("owner"):
        questions = golden.questions_of(library)[:left]
        left -= len(questions)
        if questions:
            yield library, questions


def _made_up() -> Iterable[tuple[Library, list[Asked]]]:
    ready = Document.objects.filter(status=Document.Status.READY).select_related("library__owner")
    serving = RetrievalSettings.stored().generation
    for document in ready.order_by("?")[:MADE_UP]:
        chunks = Chunk.everywhere.filter(document=document, generation=serving, disabled=False)
        if chunk := chunks.order_by("?").first():
            spans = [chunk.text[start:end].strip() for start, end in sentences(chunk.text)]
            fitting = [text for text in spans if _SHORT <= len(text) <= _LONG]
            if fitting:
                text = random.choice(fitting)
                wanted = Expected(document_id=str(document.pk), document_name=document.name, quote=text)
                yield document.library, [Asked(key=chunk.pk, text=text, expected=(wanted,))]


def _changes(generation: Generation, library: Library, questions: Sequence[Asked]) -> list[dict[str, Any]]:
    before = golden.run(questions, _search(generation, library, RetrievalSettings.stored()))
    after = golden.run(questions, _search(generation, library, generation.as_settings()))
    difference = golden.compare(before, after)
    texts = {asked.key: asked.text for asked in questions}
    return [
        {
            "kind": kind,
            "library": library.name,
            "text": texts[change.key][:300],
            "before": change.before,
            "after": change.after,
        }
        for kind in ("worse", "better", "same")
        for change in getattr(difference, kind)
    ]


def _search(generation: Generation, library: Library, chosen: RetrievalSettings) -> golden.Search:
    def search(text: str) -> Sequence[Passage]:
        generation.still_mine()
        with chosen.pinned():
            return async_to_sync(find_passages)(text, library.owner, [library.pk])

    return search
