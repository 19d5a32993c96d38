"""A library's documents a page at a time: rows, how many are in which state, and what the failed ones failed of.

Three queries at most, however many documents there are.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from knowledge.models import Document, Library
from knowledge.parsing import READERS, Recogniser, extension_of, sentences

A_PAGE = 50
SHOWN = {
    "moving": [Document.Status.QUEUED, Document.Status.PROCESSING],
    "ready": [Document.Status.READY],
    "failed": [Document.Status.FAILED],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of the list is to be seen: `state` is "", "moving", "ready" or "failed"; `name` a part of the name."""

    number: int = 1
    state: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Documents that failed for one reason. `key` is the stored sentence, `text` what one of them says."""

    key: str
    text: str
    count: int
    reads_pictures: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """`counts` has "all" and one for each of `SHOWN`; `found` is how many fit what was wanted."""

    documents: list[Document]
    counts: dict[str, int]
    causes: list[Cause]
    found: int
    number: int
    pages: int


def listing(library: Library, wanted: Wanted) -> Listing:
    documents = library.documents.all()
    counts = _counts(library)
    fits = documents
    if wanted.state in SHOWN:
        fits = fits.filter(status__in=SHOWN[wanted.state])
    if wanted.name:
        fits = fits.filter(Q(name__icontains=wanted.name) | Q(path__icontains=wanted.name))
    found = fits.count() if wanted.name else counts[wanted.state if wanted.state in SHOWN else "all"]
    pages = max(1, -(-found // A_PAGE))
    number = min(max(wanted.number, 1), pages)
    rows = list(fits.defer("steps")[(number - 1) * A_PAGE : number * A_PAGE])
    causes = _causes(library) if counts["failed"] > 1 else []
    return Listing(documents=rows, counts=counts, causes=causes, found=found, number=number, pages=pages)


def reads_pictures(document: Document) -> bool:
    """Whether reading its pages as pictures may bring what is missing."""
    if document.ocr or document.status not in (Document.Status.READY, Document.Status.FAILED):
        return False
    reader = READERS.get(extension_of(document.name))
    lacks = document.error == sentences.SCAN or bool(document.facts.get("without_text"))
    return lacks and isinstance(reader, Recogniser)


def failed_of(library: Library, key: str) -> Any:
    """Those that failed for this reason; an empty key means any."""
    failed = library.documents.filter(status=Document.Status.FAILED)
    return failed.filter(error=key) if key else failed


def _counts(library: Library) -> dict[str, int]:
    by_status = dict(library.documents.order_by().values_list("status").annotate(count=Count("pk")))
    counts = {name: sum(by_status.get(status, 0) for status in states) for name, states in SHOWN.items()}
    return {"all": sum(by_status.values())} | counts


def _causes(library: Library) -> list[Cause]:
    """Causes that more than one share, the most frequent first."""
    failed = failed_of(library, "").order_by()
    groups = failed.values("error").annotate(count=Count("pk")).filter(count__gt=1).order_by("-count")[:5]
    found = []
    for group in groups:
        example = failed.filter(error=group["error"]).defer("steps").first()
        if example is not None:
            found.append(
                Cause(
                    key=group["error"], text=example.problem, count=group["count"],
                    reads_pictures=reads_pictures(example),
                )
            )  # fmt: skip
    return found
