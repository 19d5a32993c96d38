"""Where a cited passage of an attached file stands in what was read of that file, for the reader beside the chat."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import QuerySet

from chat.attachments.reading import blocks_of
from chat.attachments.showing import files_above
from chat.models import Attachment, Message, Source
from knowledge import reading
from knowledge.reading import Sheet

if TYPE_CHECKING:
    from webui.accounts.models import User

PDF = "application/pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """`found`: the words stand on the sheet, which marks them."""

    file: Attachment
    sheet: Sheet
    found: bool

    @property
    def page(self) -> int | None:
        """The page of the file where the words begin."""
        return next((piece.page for piece in self.sheet.pieces if piece.marked), None) if self.sheet.paged else None

    def to_wire(self) -> dict[str, Any]:
        return {
            "id": str(self.file.pk),
            "name": self.file.name,
            "library": "",
            "address": "",
            "file": f"/api/attachments/{self.file.pk}/file",
            "pdf": self.file.media_type == PDF,
            "size": self.file.size,
            "url": None,
        }


def opened(user: "User", reply: Message, source: Source, page: int | None) -> Opened | None:
    """None when the source is none of the files that went with the question or with those before it.

    Of files of one name it is the last that has the words.
    """
    if source.document_id or source.library or source.url or not source.document_name or reply.parent_id is None:
        return None
    best: Opened | None = None
    for file in _named(user, reply.parent_id, source.document_name):
        blocks = blocks_of(file.text)
        span = reading.place_in(blocks, source.text)
        if span or best is None:
            sheet = reading.sheet_of(blocks, number=page or (None if span else source.page), span=span)
            best = Opened(file=file, sheet=sheet, found=span is not None)
        if span:
            break
    return best


def _named(user: "User", question: int, name: str) -> QuerySet[Attachment]:
    return (
        Attachment.objects.visible_to(user)
        .filter(pk__in=_documents_above(question), name=name, state=Attachment.State.READY)
        .order_by("-created_at")
    )


def _documents_above(question: int) -> set[UUID]:
    return {
        file.pk for files in files_above(question).values() for file in files if file.kind == Attachment.Kind.DOCUMENT
    }
