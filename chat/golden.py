"""A good answer kept as a test question of the libraries that it came from. Synchronous. Raises `NotKept`."""

from collections import defaultdict
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from chat.models import Message
from knowledge.golden import keeping
from knowledge.golden.keeping import NotKept
from knowledge.golden.measuring import Expected
from knowledge.models import Document, Library, Right

if TYPE_CHECKING:
    from webui.accounts.models import User

__all__ = ["NotKept", "keep_answer"]


def keep_answer(user: "User", answer: Message, n: int | None = None) -> list[Library]:
    """The libraries that got the question: with passage `n`, or with all that the answer cites.

    Only libraries that this person may change get it; `NotKept` when there is none.
    """
    sources = answer.sources.exclude(document=None)
    wanted = sources.filter(n=n) if n is not None else sources.filter(cited=True)
    if answer.parent is None or not wanted.exists():
        raise NotKept(_("This answer cites no passage of a library. Keep one of its passages instead."))
    documents = Document.objects.visible_to(user, Right.WRITE).select_related("library").defer("steps")
    by_id = {document.pk: document for document in documents.filter(pk__in=wanted.values("document"))}
    expected: dict[UUID, list[Expected]] = defaultdict(list)
    for source in wanted:
        if document := by_id.get(source.document_id):  # type: ignore[arg-type]
            expected[document.library_id].append(keeping.expected_of(document, source.text))
    if not expected:
        raise NotKept(_("You may not change the library that this comes from. Ask its owner to keep the question."))
    libraries = {document.library_id: document.library for document in by_id.values()}
    for library_id, passages in expected.items():
        keeping.keep(libraries[library_id], user, answer.parent.text, passages)
    return [libraries[library_id] for library_id in expected]
