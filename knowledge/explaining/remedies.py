"""What helps against what lost a passage: each a link or a button that does it, for whoever may."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from knowledge.models import Chunk, Document, Library

PASSAGES = 25  # on a page of knowledge/document_pages.py


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """A link, or with `post` a button that sends these fields there. Without `url` it is advice alone."""

    text: str
    url: str = ""
    post: dict[str, str] = field(default_factory=dict)

    @property
    def is_button(self) -> bool:
        return bool(self.post)


def upload(library: Library) -> Remedy:
    return Remedy(text=_("Put the document into this library"), url=reverse("library", args=[library.pk]))


def search_there_too(library: Library, question: str, others: list[Library]) -> Remedy:
    query = [("q", question), *(("with", str(other.pk)) for other in others)]
    return Remedy(
        text=_("Search in “%(name)s” as well") % {"name": ", ".join(other.name for other in others)},
        url=f"{reverse('library_bench', args=[library.pk])}?{urlencode(query)}",
    )


def progress(document: Document) -> Remedy:
    return Remedy(text=_("See how far it is"), url=f"{reverse('library', args=[document.library_id])}?state=moving")


def retry(document: Document, *, ocr: bool = False) -> Remedy:
    return Remedy(
        text=_("Read its pictures by OCR") if ocr else _("Read it again"),
        url=reverse("document_retry", args=[document.library_id, document.pk]),
        post={"ocr": "yes"} if ocr else {"again": "yes"},
    )


def record(document: Document) -> Remedy:
    return Remedy(text=_("See its record"), url=reverse("document_record", args=[document.library_id, document.pk]))


def text_of(document: Document) -> Remedy:
    return Remedy(text=_("See what was read"), url=reverse("document", args=[document.library_id, document.pk]))


def passage(chunk: Chunk, document: Document, *, writes: bool) -> Remedy:
    """Its place among the document's passages, where it can be changed."""
    number = document.chunks.filter(ordinal__lt=chunk.ordinal).count() // PASSAGES + 1
    address = reverse("document_passages", args=[document.library_id, document.pk])
    text = _("Change the passage, for example by adding the words people ask with") if writes else _("See the passage")
    return Remedy(text=text, url=f"{address}?page={number}#passage-{chunk.pk}")


def switch_on(chunk: Chunk, document: Document) -> Remedy:
    return Remedy(
        text=_("Switch the passage on"),
        url=reverse("document_passages", args=[document.library_id, document.pk]),
        post={"chunk": str(chunk.pk), "do": "on"},
    )


def find_again(document: Document) -> Remedy:
    return Remedy(
        text=_("Let it be found again"),
        url=reverse("document_supersession", args=[document.library_id, document.pk]),
        post={"again": "yes"},
    )


def embed_again(document: Document) -> Remedy:
    return Remedy(
        text=_("Read the document again, with the present model"),
        url=reverse("document_reread", args=[document.library_id, document.pk]),
        post={"again": "yes"},
    )


def advice(text: str) -> Remedy:
    return Remedy(text=text)
