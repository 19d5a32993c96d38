"""What a bundle may hold, in which bounds; nothing else is taken. Raises `Unreadable` with a sentence."""

import uuid
from datetime import datetime
from typing import Any, Literal

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chat.bundle.files import MOST, Bytes, File
from chat.bundle.writing import sha256, sum_of
from chat.commands import PARAMS
from chat.importing.shapes import LONGEST_TEXT, MOST_MESSAGES, MOST_SOURCES, Unreadable

LONGEST_INSTRUCTIONS = 200_000  # characters


class _Bounded(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Disagrees(_Bounded):
    """Another source of the answer that says otherwise (docs/keepsakes.md, Duplicates and conflicts)."""

    n: int = Field(ge=1, le=999)
    says: str = Field(max_length=2000)
    instead: str = Field(max_length=2000)
    at: str = Field(max_length=40)
    instead_at: str = Field(max_length=40)


class Cited(_Bounded):
    """A passage as it stood before the model; without `text` where its reader might not see it any more."""

    n: int = Field(ge=1, le=999)
    title: str = Field(max_length=500)
    url: str = Field(max_length=2000)
    document_name: str = Field(max_length=255)
    page: int | None = Field(ge=0, le=1_000_000)
    heading: str = Field(max_length=500)
    start: int | None = Field(ge=0, lt=2**31)
    end: int | None = Field(ge=0, lt=2**31)
    text: str = Field(max_length=20_000)
    sha256: str = Field(max_length=64)
    score: float
    cited: bool
    checks: list[dict[str, Any]] = Field(max_length=200)
    disagrees: list[Disagrees] | None = Field(None, max_length=200)


class Made(_Bounded):
    """How an answer was asked for; empty for a question."""

    params: dict[str, Any] = Field(default_factory=dict, max_length=30)
    libraries: int = Field(0, ge=0, le=100)
    web_search: bool = False
    instructions: str = Field("", max_length=LONGEST_INSTRUCTIONS)


class Said(_Bounded):
    """`n` counts from 1; a parent has the lower number."""

    n: int = Field(ge=1)
    parent: int | None
    role: Literal["user", "assistant"]
    state: Literal["complete", "stopped", "interrupted", "failed"]
    text: str = Field(max_length=LONGEST_TEXT)
    reasoning: str = Field(max_length=LONGEST_TEXT)
    at: datetime
    model: str = Field(max_length=420)
    fingerprint: str = Field(max_length=16)
    finish_reason: str = Field(max_length=40)
    error: str = Field(max_length=40)
    usage: dict[str, int] = Field(max_length=10)
    made: Made
    origin: dict[str, Any] = Field(max_length=10)
    sources: list[Cited] = Field(max_length=MOST_SOURCES)
    search: dict[str, Any] = Field(max_length=20)
    calls: list[str] = Field(max_length=200)
    files: list[File] = Field(default_factory=list, max_length=MOST)


class Bundle(_Bounded):
    """The whole file, form `webui.bundle/1`."""

    form: Literal["webui.bundle/1"]
    id: uuid.UUID
    title: str = Field(max_length=200)
    models: list[str] = Field(max_length=8)
    params: dict[str, Any] = Field(max_length=30)
    system: str = Field(max_length=LONGEST_INSTRUCTIONS)
    web_search: bool
    shown: int | None
    tags: list[str] = Field(max_length=20)
    messages: list[Said] = Field(max_length=MOST_MESSAGES)
    payload: Bytes = Field(default_factory=dict, max_length=MOST)
    sha256: str = Field(max_length=64)


def checked(body: object) -> Bundle:
    """The bundle, when it is whole and as it was written."""
    try:
        given = Bundle.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unreadable(_("This is no bundle of a chat: %(where)s") % {"where": f"{where}: {first['msg']}"}) from None
    if not isinstance(body, dict) or sum_of(body) != given.sha256:
        raise Unreadable(_("This bundle was changed after it was written: its checksum does not fit. Export it again."))
    if not set(given.params) <= PARAMS:
        raise Unreadable(_("This bundle has settings that are not known here."))
    for at, row in enumerate(given.messages, 1):
        if row.n != at or (row.parent is not None and not 0 < row.parent < at):
            raise Unreadable(_("Its messages stand in a wrong order."))
        if any(one.text and sha256(one.text) != one.sha256 for one in row.sources):
            raise Unreadable(_("A passage of this bundle is not what its hash says."))
        if not set(row.made.params) <= PARAMS | {"window"}:
            raise Unreadable(_("This bundle has settings that are not known here."))
    return given
