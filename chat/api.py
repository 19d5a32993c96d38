"""/api/chats and /api/models: conversations as JSON, each fetched through its owner's door."""

import uuid
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Body, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from chat import golden, listing, picker
from chat.account import account_of
from chat.attachments.sweeping import forget_unused
from chat.bundle.files import TooMuch
from chat.exporting import downloads
from chat.finding.catching_up import changed as indexed_anew
from chat.finding.search import find
from chat.forking import fork
from chat.importing.api import take_in
from chat.keeping_api import tag_anew
from chat.models import TITLE_LENGTH, Conversation, Folder, Message
from chat.reading import readable
from chat.sight import open_sources
from chat.standing import standing
from chat.tree import branch_page, newest_leaf, remove
from knowledge.models import Library
from providers.access import ModelNotAllowed
from providers.catalog import refresh_if_stale

router = Router(tags=["chats"])


class NewChat(Schema):
    title: str = Field("", max_length=TITLE_LENGTH)


class Fork(Schema):
    whole: bool = False


class ChatChange(Schema):
    title: str | None = Field(None, min_length=1, max_length=TITLE_LENGTH)
    active: int | None = None
    models: list[str] | None = Field(None, max_length=4)
    libraries: list[uuid.UUID] | None = Field(None, max_length=20)
    web_search: bool | None = None
    locked: bool | None = None
    pinned: bool | None = None
    archived: bool | None = None
    folder: uuid.UUID | None = None
    tags: list[str] | None = Field(None, max_length=20)


class KeptFor(Schema):
    """`source` is the number of the passage that answers; without it, all that are cited."""

    source: int | None = None


@router.get("/models")
def list_models(request: HttpRequest) -> list[dict[str, Any]]:
    """The models this person may chat with."""
    refresh_if_stale()
    return picker.offered(request.auth)  # type: ignore[attr-defined]


@router.put("/models/{path:model_id}/favourite", response={204: None})
def favour_model(request: HttpRequest, model_id: str) -> Status[None]:
    try:
        picker.favour(request.auth, model_id)  # type: ignore[attr-defined]
    except ModelNotAllowed:
        raise Http404 from None
    return Status(204, None)


@router.delete("/models/{path:model_id}/favourite", response={204: None})
def forget_model(request: HttpRequest, model_id: str) -> Status[None]:
    try:
        picker.forget(request.auth, model_id)  # type: ignore[attr-defined]
    except ModelNotAllowed:
        raise Http404 from None
    return Status(204, None)


@router.get("/chats")
def list_chats(
    request: HttpRequest,
    cursor: str | None = None,
    folder: uuid.UUID | None = None,
    tag: str = "",
    archived: bool = False,
) -> dict[str, Any]:
    """Conversations, newest first, a page at a time: those in no folder, or of one folder, one tag, or the archive."""
    place = listing.Place(folder=folder, tag=tag, archived=archived)
    return listing.page(request.auth, place, _moment(cursor) if cursor else None)  # type: ignore[attr-defined]


@router.post("/chats", response={201: dict[str, Any]})
def create_chat(request: HttpRequest, body: NewChat | None = None) -> Status[dict[str, Any]]:
    title = body.title.strip() if body else ""
    chat = Conversation.objects.create(owner=request.auth, title=title, title_by_person=bool(title))  # type: ignore[attr-defined]
    return Status(201, listing.to_wire(chat))


@router.get("/chats/search")
def search_chats(request: HttpRequest, q: str) -> dict[str, Any]:
    """Conversations whose title or one of whose messages holds every word of `q`, best first."""
    found = find(request.auth, q)  # type: ignore[attr-defined]
    return {"results": found.results, "whole": found.whole}


@router.post("/chats/import", response={201: dict[str, Any]})
def import_chats(request: HttpRequest, body: dict[str, Any] = Body(...)) -> Status[dict[str, Any]]:  # noqa: B008
    """What `export` gave; a second import adds nothing."""
    return Status(201, take_in(request.auth, body))  # type: ignore[attr-defined]


@router.get("/chats/{uuid:chat_id}")
def read_chat(request: HttpRequest, chat_id: uuid.UUID, before: int | None = None) -> dict[str, Any]:
    """One page of the branch that is shown."""
    chat = _read(request, chat_id)
    page = branch_page(chat, before)
    libraries = [str(pk) for pk in _libraries(request, chat)]
    shown = {"models": chat.model_ids, "libraries": libraries, "web_search": chat.web_search}
    shown["settings"] = {"params": chat.params, "system": chat.system}
    place = {"active": chat.active_id, "before": page.before}
    stand = {"standing": standing(request.auth, chat)}  # type: ignore[attr-defined]
    return {**listing.to_wire(chat), **shown, **stand, **place, "messages": page.messages}


@router.patch("/chats/{uuid:chat_id}")
def change_chat(request: HttpRequest, chat_id: uuid.UUID, body: ChatChange) -> dict[str, Any]:
    chat = _one(request, chat_id)
    changed: dict[str, Any] = {}
    if body.title is not None:
        changed |= {"title": body.title.strip(), "title_by_person": True}
    if body.models is not None:
        changed["model_ids"] = body.models
    if body.web_search is not None:
        changed["web_search"] = body.web_search
    if body.active is not None:
        changed["active_id"] = newest_leaf(chat, body.active)
        if changed["active_id"] is None:
            raise Http404
    if body.libraries is not None:
        chat.libraries.set(Library.objects.visible_to(request.auth).filter(pk__in=body.libraries))  # type: ignore[attr-defined]
    changed |= _kept(request, chat, body)
    # Only what was asked for: a question that is sent at the same moment changes other columns.
    _mine(request).filter(pk=chat_id).update(**changed)
    if body.title is not None:
        indexed_anew(chat_id)
    return read_chat(request, chat_id)


@router.delete("/chats/{uuid:chat_id}", response={204: None})
def delete_chat(request: HttpRequest, chat_id: uuid.UUID) -> Status[None]:
    chat = _one(request, chat_id)
    chat.delete()
    if chat.has_files:
        forget_unused(chat.owner_id)
    return Status(204, None)


@router.delete("/chats/{uuid:chat_id}/messages/{int:message_id}", response={204: None})
def delete_message(request: HttpRequest, chat_id: uuid.UUID, message_id: int, keep_files: bool = False) -> Status[None]:
    """A message and all that was said after it; what is being written there is stopped.

    `keep_files`: its words go back to where they were written, and its files are as if they had not been sent.
    """
    message = _one(request, chat_id).messages.filter(pk=message_id).first()
    if message is None:
        raise Http404
    remove(message, keep_files=keep_files)
    return Status(204, None)


@router.post("/chats/{uuid:chat_id}/messages/{int:message_id}/fork", response={201: dict[str, Any]})
def fork_chat(request: HttpRequest, chat_id: uuid.UUID, message_id: int, body: Fork) -> Status[dict[str, Any]]:
    """A new chat with what was said up to this message, or with all branches."""
    chat = _one(request, chat_id)
    message = chat.messages.filter(pk=message_id).first()
    if message is None:
        raise Http404
    return Status(201, listing.to_wire(fork(chat, message, whole=body.whole)))


@router.get("/chats/{uuid:chat_id}/messages/{int:message_id}/ledger")
def read_ledger(request: HttpRequest, chat_id: uuid.UUID, message_id: int) -> dict[str, Any]:
    """What the model of an answer was sent, what was left out, and how it was counted."""
    replies = _read(request, chat_id).messages.filter(role=Message.Role.ASSISTANT)
    related = ("conversation", "parent", "model__connection", "assistant")
    reply = replies.select_related(*related).prefetch_related("sources").filter(pk=message_id).first()
    if reply is None:
        raise Http404
    open_sources(request.auth, [reply])  # type: ignore[attr-defined]
    return account_of(reply)


@router.post("/chats/{uuid:chat_id}/messages/{int:message_id}/test-question")
def keep_test_question(request: HttpRequest, chat_id: uuid.UUID, message_id: int, body: KeptFor) -> dict[str, Any]:
    """Keeps the question of an answer, and what answers it, with the libraries that it came from."""
    reply = _one(request, chat_id).messages.filter(role=Message.Role.ASSISTANT, pk=message_id).first()
    if reply is None:
        raise Http404
    try:
        libraries = golden.keep_answer(request.auth, reply, body.source)  # type: ignore[attr-defined]
    except golden.NotKept as refusal:
        raise HttpError(422, str(refusal)) from None
    return {"kept": [{"id": str(library.pk), "name": library.name} for library in libraries]}


@router.get("/chats/{uuid:chat_id}/export")
def export_chat(request: HttpRequest, chat_id: uuid.UUID, format: downloads.FormOfOne = "json") -> HttpResponse:
    """The whole conversation as a file."""
    try:
        return downloads.download(_read(request, chat_id), format)
    except TooMuch as why:
        raise HttpError(413, str(why)) from None


def _kept(request: HttpRequest, chat: Conversation, body: ChatChange) -> dict[str, Any]:
    """Where it is kept, as far as that is to change."""
    changed: dict[str, Any] = {}
    if body.locked is not None and body.title is None:
        changed["title_by_person"] = body.locked
    if body.pinned is not None:
        changed["pinned_at"] = timezone.now() if body.pinned else None
    if body.archived is not None:
        changed["archived_at"] = timezone.now() if body.archived else None
    if "folder" in body.model_fields_set:
        if body.folder and not Folder.objects.visible_to(request.auth).filter(pk=body.folder).exists():  # type: ignore[attr-defined]
            raise Http404
        changed["folder_id"] = body.folder
    if body.tags is not None:
        tag_anew(chat, body.tags)
    return changed


def _mine(request: HttpRequest) -> Any:
    return Conversation.objects.visible_to(request.auth)  # type: ignore[attr-defined]


def _one(request: HttpRequest, chat_id: uuid.UUID) -> Conversation:
    chat: Conversation | None = _mine(request).filter(pk=chat_id).first()
    if chat is None:
        raise Http404
    return chat


def _read(request: HttpRequest, chat_id: uuid.UUID) -> Conversation:
    chat = readable(request.auth, chat_id)  # type: ignore[attr-defined]
    if chat is None:
        raise Http404
    return chat


def _libraries(request: HttpRequest, chat: Conversation) -> list[uuid.UUID]:
    mine = Library.objects.visible_to(request.auth)  # type: ignore[attr-defined]
    return list(mine.filter(pk__in=chat.libraries.values("pk")).values_list("pk", flat=True))


def _moment(cursor: str) -> datetime:
    try:
        return datetime.fromisoformat(cursor.replace(" ", "+"))
    except ValueError:
        raise Http404 from None
