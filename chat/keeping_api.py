"""/api/folders and what is done to several chats at once: filed, tagged, archived, deleted, exported."""

import uuid
from typing import Any, Literal

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field, field_validator

from chat import folders
from chat.attachments.sweeping import forget_unused
from chat.exporting import downloads
from chat.finding.within import within
from chat.models import LONGEST_PROMPT, Conversation, Folder, Tag
from chat.reading import readable
from knowledge.models import Library

router = Router(tags=["chats"])
MOST_FOLDERS = 200
MOST_TAGS = 20  # of one chat
LONGEST_TAG = 40
MOST_AT_ONCE = 500


class FolderFields(Schema):
    name: str = Field(min_length=1, max_length=80)
    prompt: str = Field("", max_length=LONGEST_PROMPT)
    libraries: list[uuid.UUID] = Field(default_factory=list, max_length=20)

    @field_validator("name")
    @classmethod
    def _says_something(cls, name: str) -> str:
        if not name.strip():
            raise ValueError("the name is empty")
        return name.strip()


class Several(Schema):
    """`tag` and `folder` belong to `tag`, `untag` and `move`; without a folder `move` takes out of one."""

    chats: list[uuid.UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)
    act: Literal["archive", "restore", "pin", "unpin", "move", "tag", "untag", "delete"]
    folder: uuid.UUID | None = None
    tag: str = Field("", max_length=LONGEST_TAG)


class Taken(Schema):
    chats: list[uuid.UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)
    format: downloads.Form = "markdown"


@router.get("/folders")
def list_folders(request: HttpRequest) -> list[dict[str, Any]]:
    """One's own, by name."""
    return folders.to_wire(request.auth, Folder.objects.visible_to(request.auth))  # type: ignore[attr-defined]


@router.post("/folders", response={201: dict[str, Any]})
def make_folder(request: HttpRequest, body: FolderFields) -> Status[dict[str, Any]]:
    user = request.auth  # type: ignore[attr-defined]
    if Folder.objects.visible_to(user).count() >= MOST_FOLDERS:
        raise HttpError(422, _("There are %(most)s folders already. Delete one first.") % {"most": MOST_FOLDERS})
    folder = Folder(owner=user)
    return Status(201, _stored(request, folder, body))


@router.put("/folders/{uuid:folder_id}")
def change_folder(request: HttpRequest, folder_id: uuid.UUID, body: FolderFields) -> dict[str, Any]:
    return _stored(request, _folder(request, folder_id), body)


@router.delete("/folders/{uuid:folder_id}", response={204: None})
def delete_folder(request: HttpRequest, folder_id: uuid.UUID) -> Status[None]:
    """Its chats stay, in no folder."""
    _folder(request, folder_id).delete()
    return Status(204, None)


@router.post("/chats/several")
def change_several(request: HttpRequest, body: Several) -> dict[str, int]:
    """Does the same to many chats; says how many there were. Those of other people are as if they were not there."""
    chats = Conversation.objects.visible_to(request.auth).filter(pk__in=body.chats)  # type: ignore[attr-defined]
    if body.act == "move" and body.folder is not None:
        _folder(request, body.folder)
    if body.act in ("tag", "untag") and not body.tag.strip():
        raise HttpError(422, _("A tag needs a name."))
    with transaction.atomic():
        return {"changed": _do(request, body, chats)}


@router.post("/chats/exported")
def export_several(request: HttpRequest, body: Taken) -> HttpResponse:
    """Many chats as one zip file, each as a file of its own."""
    chats = Conversation.objects.visible_to(request.auth).filter(pk__in=body.chats)  # type: ignore[attr-defined]
    return downloads.download_all(chats.order_by("-updated_at"), body.format)


@router.get("/chats/exported")
def export_all(request: HttpRequest, format: downloads.Form = "json") -> HttpResponse:
    """All chats of this person as one zip file, wherever they lie. As JSON, they can be imported again."""
    chats = Conversation.objects.visible_to(request.auth).prefetch_related("tags")  # type: ignore[attr-defined]
    return downloads.download_all(chats.order_by("-updated_at").iterator(chunk_size=50), format)


@router.get("/chats/{uuid:chat_id}/find")
def find_in_chat(request: HttpRequest, chat_id: uuid.UUID, q: str = "") -> dict[str, Any]:
    """[message, how often] of the shown branch, from the first to the last; and how often on other branches."""
    chat = readable(request.auth, chat_id)  # type: ignore[attr-defined]
    if chat is None:
        raise Http404
    found = within(chat, q)
    return {"hits": found.hits, "elsewhere": found.elsewhere}


def tag_anew(chat: Conversation, names: list[str]) -> None:
    """These tags and no others."""
    wanted = list(dict.fromkeys(name for one in names if (name := clean_tag(one))))[:MOST_TAGS]
    chat.tags.exclude(name__in=wanted).delete()
    Tag.objects.bulk_create([Tag(conversation=chat, name=name) for name in wanted], ignore_conflicts=True)


def clean_tag(name: str) -> str:
    return " ".join(name.replace("#", " ").split())[:LONGEST_TAG]


def _do(request: HttpRequest, body: Several, chats: Any) -> int:
    match body.act:
        case "archive":
            return int(chats.update(archived_at=timezone.now(), pinned_at=None))
        case "restore":
            return int(chats.update(archived_at=None))
        case "pin":
            return int(chats.update(pinned_at=timezone.now(), archived_at=None))
        case "unpin":
            return int(chats.update(pinned_at=None))
        case "move":
            return int(chats.update(folder=body.folder))
        case "tag":
            rows = [Tag(conversation=chat, name=clean_tag(body.tag)) for chat in chats]
            Tag.objects.bulk_create(rows, ignore_conflicts=True)
            return len(rows)
        case "untag":
            return int(Tag.objects.filter(conversation__in=chats, name=body.tag).delete()[0])
    gone, _rows = len(chats), chats.delete()
    forget_unused(request.auth.pk)  # type: ignore[attr-defined]
    return gone


def _folder(request: HttpRequest, folder_id: uuid.UUID) -> Folder:
    folder: Folder | None = Folder.objects.visible_to(request.auth).filter(pk=folder_id).first()  # type: ignore[attr-defined]
    if folder is None:
        raise Http404
    return folder


def _stored(request: HttpRequest, folder: Folder, body: FolderFields) -> dict[str, Any]:
    user = request.auth  # type: ignore[attr-defined]
    folder.name, folder.prompt = body.name, body.prompt
    with transaction.atomic():
        folder.save()
        folder.libraries.set(Library.objects.visible_to(user).filter(pk__in=body.libraries))
    return folders.to_wire(user, [folder])[0]
