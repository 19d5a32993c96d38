"""Conversations out of and into this product: JSON that can be read again, Markdown for people."""

import io
import itertools
import json
import re
import uuid
import zipfile
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias
from urllib.parse import quote

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from pydantic import BaseModel, Field, ValidationError

from chat.models import Conversation, Message, Source
from chat.sight import open_sources
from knowledge.web import receipts

if TYPE_CHECKING:
    from webui.accounts.models import User

FORM = "webui.chat/1"
Form: TypeAlias = Literal["json", "markdown"]


_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')  # in names of files, somewhere


class _Source(BaseModel):
    n: int = Field(ge=1, le=999)
    title: str = Field("", max_length=500)
    url: str | None = Field(None, max_length=2000)
    document_name: str | None = Field(None, max_length=255)
    page: int | None = Field(None, ge=0, le=1_000_000)
    heading: str = Field("", max_length=500)
    text: str = Field("", max_length=20_000)
    score: float = 0
    cited: bool = False


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


class _Message(BaseModel):
    id: int
    parent: int | None = None
    role: Literal["user", "assistant"]
    text: str = Field("", max_length=4_000_000)
    reasoning: str = Field("", max_length=4_000_000)
    state: Literal["complete", "running", "stopped", "interrupted", "failed"] = "complete"
    model: str = Field("", max_length=420)
    sources: list[_Source] = Field(default_factory=list, max_length=200)
    search: _Receipt | None = None


class _Chat(BaseModel):
    form: Literal["webui.chat/1"]
    id: uuid.UUID
    title: str = Field("", max_length=200)
    messages: list[_Message] = Field(max_length=20_000)


def download(chat: Conversation, form: Form) -> HttpResponse:
    """The conversation as an attachment named after its title."""
    body, media_type, ending = _written(chat, form)
    name = quote(f"{chat.title or 'chat'}.{ending}".replace("/", "-"))
    return HttpResponse(body, media_type, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"})


def download_all(chats: Iterable[Conversation], form: Form) -> HttpResponse:
    """Many of them in one zip file; those of the same title are numbered."""
    made, names = io.BytesIO(), set[str]()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for chat in chats:
            body, _media_type, ending = _written(chat, form)
            plain = _FORBIDDEN.sub("-", chat.title).strip(" .-") or "chat"
            tried = (f"{plain}{f' {n}' if n > 1 else ''}.{ending}" for n in itertools.count(1))
            name = next(name for name in tried if name.lower() not in names)
            names.add(name.lower())
            archive.writestr(name, body)
    headers = {"Content-Disposition": 'attachment; filename="chats.zip"'}
    return HttpResponse(made.getvalue(), "application/zip", headers=headers)


def _written(chat: Conversation, form: Form) -> tuple[str, str, str]:
    """The file, its media type, and the ending of its name."""
    if form == "markdown":
        return _markdown(chat), "text/markdown; charset=utf-8", "md"
    return json.dumps(_exported(chat), ensure_ascii=False, indent=1), "application/json", "json"


def take_in(user: "User", body: dict[str, Any]) -> dict[str, Any]:
    """Add an exported conversation, unless this person has it already. Raises `HttpError` 422 with a sentence."""
    try:
        given = _Chat.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise HttpError(422, _("This is no exported chat: %(where)s") % {"where": f"{where}: {first['msg']}"}) from None
    # The new id is made from the person and the old one, so that a second import finds the first.
    new_id = uuid.uuid5(given.id, str(user.pk))
    here = Conversation.objects.visible_to(user).filter(pk__in=[given.id, new_id]).first()
    if here:
        return {"id": str(here.pk), "added": 0}
    with transaction.atomic():
        return {"id": str(_store(user, given, new_id).pk), "added": len(given.messages)}


def _store(user: "User", given: _Chat, new_id: uuid.UUID) -> Conversation:
    chat = Conversation.objects.create(pk=new_id, owner=user, title=given.title, title_by_person=True)
    new: dict[int, Message] = {}
    for old in sorted(given.messages, key=lambda message: message.id):
        state = Message.State.INTERRUPTED if old.state == "running" else Message.State(old.state)
        new[old.id] = Message.objects.create(
            conversation=chat,
            parent=new.get(old.parent) if old.parent is not None else None,
            author=user if old.role == "user" else None,
            role=old.role,
            state=state,
            text=old.text,
            reasoning=old.reasoning,
            model_name=old.model,
            trail=_trail(old),
        )
        Source.objects.bulk_create([_source(new[old.id], source) for source in {s.n: s for s in old.sources}.values()])
    if new:
        chat.show(list(new.values())[-1])
    return chat


def _trail(given: _Message) -> list[Any]:
    told = given.search.model_dump_json(exclude_defaults=True) if given.search else "{}"
    receipt = [["searched", told]] if told != "{}" else []
    return receipt + [size for size in (-len(given.reasoning), len(given.text)) if size]


def _source(message: Message, given: _Source) -> Source:
    fields = given.model_dump() | {"url": given.url or "", "document_name": given.document_name or ""}
    return Source(message=message, **fields)


def _exported(chat: Conversation) -> dict[str, Any]:
    messages = [
        {
            "id": message.pk,
            "parent": message.parent_id,
            "role": message.role,
            "text": message.text,
            "reasoning": message.reasoning,
            "state": message.state,
            "model": message.model_name,
            "sources": [source.to_wire() for source in message.sources.all()],
            "search": json.loads(message.search or "{}"),
        }
        for message in _rows(chat)
    ]
    return {"form": FORM, "id": str(chat.pk), "title": chat.title, "messages": messages}


def _rows(chat: Conversation) -> list[Message]:
    """All its messages, with as much of their sources as its owner may see now."""
    rows = list(chat.messages.select_related("assistant").prefetch_related("sources"))
    open_sources(chat.owner, rows)
    return rows


def _markdown(chat: Conversation) -> str:
    parts = [f"# {chat.title}"]
    for message in _rows(chat):
        who = message.model_name if message.role == Message.Role.ASSISTANT else _("Question")
        parts.append(f"## {who}\n\n{message.text}")
        cited = [source.to_wire() for source in message.sources.all() if source.cited]
        notes = [f"[{s['n']}] {s['document_name'] or s['title']} {s['url'] or ''}".rstrip() for s in cited]
        if notes:
            parts.append("\n".join(notes))
        if used := receipts.lines(message.search):
            parts.append("\n".join([_("How the web was used:"), *(f"- {line}" for line in used)]))
    return "\n\n".join(parts) + "\n"
