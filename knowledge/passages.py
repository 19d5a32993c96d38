"""A passage: a piece of a document or of a web page that is put before the model and can be cited."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """`score` is 0…1 within one search. Web passages have `url`, document passages `document_id` and perhaps `page`.

    `start` and `end` are the characters of the document's text that a passage of a library stands for; None elsewhere.
    `disputed`: another document of its library says otherwise somewhere (knowledge/radar/).
    """

    text: str
    title: str
    score: float
    url: str = ""
    document_id: str = ""
    document_name: str = ""
    library_id: str = ""
    page: int | None = None
    heading: str = ""
    chunk_id: int | None = None
    start: int | None = None
    end: int | None = None
    disputed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What the web gave for one question. `receipt` is JSON (knowledge/web/receipts.py), '' when nothing was done;
    `problem` is a sentence when nothing could be had."""

    passages: Sequence[Passage] = ()
    receipt: str = ""
    problem: str = ""


class RetrievalError(Exception):
    """The libraries cannot be searched now. The text is a sentence for the person who asked."""


class SearchError(Exception):
    """The web cannot be searched now. The text is a sentence for the person who asked."""
