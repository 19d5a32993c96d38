"""This product's own export of a chat, form `webui.chat/1` (chat/exporting/)."""

import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import BaseModel, Field, ValidationError

from chat.chat_settings import ChatSettings
from chat.importing import fields, making
from chat.importing.fields import Record
from chat.importing.shapes import LONGEST_TEXT, MOST_MESSAGES, MOST_SOURCES, Chat, Cited, Said, Unreadable
from chat.importing.trees import Node
from knowledge.web import receipts

FORM = "webui.chat/1"


class _Engine(BaseModel):
    name: str = Field("", max_length=80)
    state: str = Field("", max_length=20)
    reason: str = Field("", max_length=200)
    hits: int = 0
    seconds: float = 0.0


class _Page(BaseModel):
    url: str = Field("", max_length=500)
    title: str = Field("", max_length=120)
    state: str = Field("", max_length=20)
    reason: str = Field("", max_length=200)
    size: int = 0
    seconds: float = 0.0
    mark: str = Field("", max_length=16)
    linked: bool = False


class _Receipt(BaseModel):
    queries: list[Annotated[str, Field(max_length=300)]] = Field(default_factory=list, max_length=3)
    engines: list[_Engine] = Field(default_factory=list, max_length=receipts.MOST_ENGINES)
    pages: list[_Page] = Field(default_factory=list, max_length=receipts.MOST_PAGES)
    seconds: float = 0.0
    problem: str = Field("", max_length=600)


class _Edited(BaseModel):
    by: str = Field(max_length=200)
    of: int = 0


class _Merged(BaseModel):
    id: int = 0
    name: str = Field(max_length=420)


class _Wish(BaseModel):
    kind: Literal["shorter", "longer"]
    words: int = Field(0, ge=0, le=1_000_000)


class _Origin(BaseModel):
    """How a message came to be (chat/origin.py), as far as it means anything elsewhere."""

    edited: _Edited | None = None
    merged: list[_Merged] | None = Field(None, max_length=8)
    wish: _Wish | None = None


class _Message(BaseModel):
    id: int
    parent: int | None = None
    role: Literal["user", "assistant"]
    text: str = Field("", max_length=LONGEST_TEXT)
    reasoning: str = Field("", max_length=LONGEST_TEXT)
    state: Literal["complete", "running", "stopped", "interrupted", "failed"] = "complete"
    model: str = Field("", max_length=420)
    at: str | None = Field(None, max_length=40)
    sources: list[Cited] = Field(default_factory=list, max_length=MOST_SOURCES)
    search: _Receipt | None = None
    origin: _Origin | None = None


class _Chat(BaseModel):
    form: Literal["webui.chat/1"]
    id: uuid.UUID
    title: str = Field("", max_length=200)
    shown: int | None = None
    settings: ChatSettings = ChatSettings()
    tags: list[Annotated[str, Field(max_length=40)]] = Field(default_factory=list, max_length=20)
    messages: list[_Message] = Field(max_length=MOST_MESSAGES)


class Own:
    name, label = "webui", "webui"

    def recognises(self, thing: Record) -> bool:
        return thing.get("form") == FORM

    def chats(self, thing: Record) -> Iterator[Chat | Unreadable]:
        yield read(thing)


def read(thing: Record) -> Chat:
    """Raises `Unreadable`, which says where."""
    try:
        given = _Chat.model_validate(thing)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unreadable(_("This is no exported chat: %(where)s") % {"where": f"{where}: {first['msg']}"}) from None
    # By their ids, as they were written: a parent has the lower one.
    rows = sorted(given.messages, key=lambda message: message.id)
    here = {row.id for row in rows}
    nodes = [Node(str(row.id), str(row.parent) if row.parent in here else None, _said(row)) for row in rows]
    shown = given.shown if given.shown in here else rows[-1].id if rows else ""
    told = {"title": given.title, "tags": given.tags, "settings": given.settings}
    return making.chat(nodes, Counter(), shown=str(shown), product="webui", key=str(given.id), **told)


def _said(row: _Message) -> Said:
    told = row.search.model_dump_json(exclude_defaults=True) if row.search else "{}"
    origin: dict[str, Any] = row.origin.model_dump(exclude_none=True) if row.origin else {}
    return Said(
        key=str(row.id),
        role=row.role,
        text=fields.text(row.text),
        reasoning=fields.text(row.reasoning),
        state=row.state,
        model=fields.text(row.model),
        at=fields.moment(row.at),
        sources=tuple({source.n: source for source in row.sources}.values()),
        receipt="" if told == "{}" else told,
        origin=origin,
    )
