"""Why a document, or a phrase in it, is not among what a question was given: the first step that lost it. Synchronous.

The steps are looked at in the order in which a passage passes them, and the looking stops at the first that fails.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from knowledge import recorder
from knowledge.explaining import losses, places, remedies
from knowledge.explaining.bench import Bench
from knowledge.explaining.places import Target
from knowledge.explaining.remedies import Remedy
from knowledge.listing import reads_pictures
from knowledge.models import Chunk, Document, Library, Right

if TYPE_CHECKING:
    from webui.accounts.models import User

MOST_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`step` names what lost it ("found" when nothing did), `text` says it, `passed` are the steps before, in words.

    `shown` is what stands there instead: the passage in question, or the one nearest to the phrase.
    """

    step: str
    text: str
    passed: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    shown: str = ""
    target: Chunk | None = None
    choose: tuple[Document, ...] = field(default=())

    @property
    def is_found(self) -> bool:
        return self.step == "found"


def why(
    bench: Bench, user: "User", libraries: Sequence[Library], *, named: str, phrase: str = "", chunk_id: int = 0
) -> Verdict:
    """`named` is a document's name, a part of it, or its id; `phrase` stands in it, or `chunk_id` is one of it."""
    fitting = _named(user, libraries, named)
    if not fitting:
        return _absent(bench, user, libraries, named)
    if len(fitting) > 1:
        text = _("Several documents are called something like “%(name)s”. Choose one.") % {"name": named}
        return Verdict(step="choose", text=text, choose=tuple(fitting[:MOST_NAMED]))
    return _Ladder(bench, user, fitting[0]).climbed(phrase, chunk_id)


def _named(user: "User", libraries: Sequence[Library], named: str) -> list[Document]:
    documents = (
        Document.objects.visible_to(user).filter(library__in=libraries).select_related("library", "superseded_by")
    )
    if found := [one for one in documents.defer("steps") if str(one.pk) == named]:
        return found
    return list(documents.filter(name__iexact=named)[:MOST_NAMED]) or list(
        documents.filter(name__icontains=named)[: MOST_NAMED + 1]
    )


def _absent(bench: Bench, user: "User", libraries: Sequence[Library], named: str) -> Verdict:
    others = Library.objects.visible_to(user).exclude(pk__in=[one.pk for one in libraries])
    holding = list(others.filter(documents__name__icontains=named).distinct()[:3]) if named else []
    if holding:
        text = _("“%(name)s” is not in this library, but in another one that you may read, which was not asked.")
        helps = [remedies.search_there_too(libraries[0], bench.question, holding)]
    else:
        text = _("No document called “%(name)s” is in any library that you may read.")
        writes = Library.objects.visible_to(user, Right.WRITE).filter(pk=libraries[0].pk).exists()
        helps = [remedies.upload(libraries[0])] if writes else []
        helps += [remedies.advice(_("Somebody who has it may put it in, or share the library it is in with you."))]
    return Verdict(step="absent", text=text % {"name": named}, remedies=tuple(helps))


class _Ladder:
    """One document on its way up. `_passed` grows with each step."""

    def __init__(self, bench: Bench, user: "User", document: Document) -> None:
        self._bench, self._document = bench, document
        self._writes = Library.objects.visible_to(user, Right.WRITE).filter(pk=document.library_id).exists()
        self._passed: list[str] = [_("It is in the library “%(name)s”.") % {"name": document.library.name}]

    def climbed(self, phrase: str, chunk_id: int) -> Verdict:
        if verdict := self._unread() or self._superseded():
            return verdict
        count = self._document.chunks_total
        read = ngettext("It was read: %(number)s passage.", "It was read: %(number)s passages.", count)
        self._passed.append(read % {"number": count})
        targets = self._targets(phrase, chunk_id)
        if not targets:
            return self._without_text() if places.is_blank(self._document) else self._misread(phrase)
        if phrase:
            self._passed.append(_("The phrase stands in passage %(number)s.") % {"number": targets[0].ordinal + 1})
        if all(one.disabled for one in targets):
            helps = [remedies.switch_on(targets[0], self._document)] if self._writes else []
            text = _("The passage is switched off. It is never found as long as it is.")
            return self._verdict("off", text, helps, targets[0])
        target = places.furthest([one for one in targets if not one.disabled], self._bench)
        return self._lost(target)

    def _unread(self) -> Verdict | None:
        document = self._document
        if document.status in (Document.Status.QUEUED, Document.Status.PROCESSING):
            text = _("It is still being read (%(percent)d %% done). It can be found once it is ready.") % {
                "percent": round(100 * document.fraction)
            }
            return self._verdict("reading", text, [remedies.progress(document)])
        if document.status == Document.Status.FAILED:
            helps = [remedies.record(document)]
            if self._writes:
                pictures = [remedies.retry(document, ocr=True)] if reads_pictures(document) else []
                helps = [*pictures, remedies.retry(document), *helps]
            text = _("It could not be read: %(reason)s") % {"reason": document.problem}
            return self._verdict("failed", text, helps)
        return None

    def _superseded(self) -> Verdict | None:
        document = self._document
        if document.superseded_at is None:
            return None
        helps = [remedies.text_of(document.superseded_by)] if document.superseded_by else []
        helps += [remedies.find_again(document)] if self._writes else []
        text = _("It was marked as superseded: nothing of it is found as long as it is.")
        if document.superseded_by:
            text += " " + _("In its place: “%(name)s”.") % {"name": document.superseded_by.name}
        return self._verdict("superseded", text, helps)

    def _targets(self, phrase: str, chunk_id: int) -> list[Chunk]:
        if chunk_id and (chunk := self._document.chunks.filter(pk=chunk_id).first()):
            return [chunk]
        if phrase:
            return places.holding(self._document, phrase)
        return places.best_of(self._document, self._bench)

    def _without_text(self) -> Verdict:
        document = self._document
        without = document.facts.get("without_text")
        text = _(
            "%(without)s of its %(pages)s pages are pictures without text, and what you look for may be on one."
        ) % {
            "without": without or document.pages or "?",
            "pages": document.pages or "?",
        }
        helps = [remedies.text_of(document)]
        if self._writes and reads_pictures(document):
            helps = [remedies.retry(document, ocr=True), *helps]
        elif self._writes:
            helps.append(remedies.advice(_("Text recognition (OCR) is not installed here, or has read it already.")))
        return self._verdict("picture", text, helps)

    def _misread(self, phrase: str) -> Verdict:
        nearest = places.nearest(self._document, phrase)
        text = _("The phrase is in no passage of it. What was read there instead is below, as near as it comes.")
        helps = [remedies.text_of(self._document), remedies.record(self._document)]
        if nearest:
            helps = [remedies.passage(nearest, self._document, writes=self._writes), *helps]
        else:
            text = _("There is no text in it.")
        return self._verdict("phrase", text, helps, nearest)

    def _lost(self, target: Target) -> Verdict:
        loss = losses.of(target, self._bench, self._document)
        helps: list[Remedy] = []
        for one in loss.helps:
            match one:
                case "passage":
                    helps.append(remedies.passage(target.chunk, self._document, writes=self._writes))
                case "reread" if self._writes:
                    helps.append(remedies.embed_again(self._document))
                case "reread":
                    helps.append(remedies.advice(_("Somebody who may change the library can have it read again.")))
                case _:
                    helps.append(remedies.advice(one))
        self._passed += loss.passed
        return self._verdict(loss.step, loss.text, helps, target.chunk)

    def _verdict(self, step: str, text: str, helps: Sequence[Remedy], chunk: Chunk | None = None) -> Verdict:
        shown = chunk.text if chunk else "\n".join(recorder.notes_of(self._document))
        return Verdict(
            step=step, text=text, passed=tuple(self._passed), remedies=tuple(helps), shown=shown, target=chunk
        )
