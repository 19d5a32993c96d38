"""Folders of chats: what they say to the model of every answer in them, and what the page is told of them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from chat.memories import telling
from chat.models import Folder, Message
from chat.refusal import CommandRejected
from knowledge.models import Library
from providers.base import ChatMessage

if TYPE_CHECKING:
    from webui.accounts.models import User


def instructions(reply: Message) -> list[ChatMessage]:
    """The assistant's, the folder's, the chat's own, then what is remembered of the person: in one message, since some
    servers refuse a second.

    A query in a folder, and one where something is remembered.
    """
    folder = reply.conversation.folder if reply.conversation.folder_id else None
    said = [
        reply.assistant.system if reply.assistant else "",
        folder.prompt if folder else "",
        reply.conversation.system,
        telling.told(reply),
    ]
    text = "\n\n".join(filter(None, map(str.strip, said)))
    return [ChatMessage(role="system", content=text)] if text else []


def for_new_chat(user: "User", folder: UUID | None) -> UUID | None:
    """The folder that a new chat is to lie in. Raises `CommandRejected`."""
    if folder is not None and not Folder.objects.visible_to(user).filter(pk=folder).exists():
        raise CommandRejected(_("This folder does not exist any more."), code="not_found")
    return folder


def to_wire(user: "User", folders: Iterable[Folder]) -> list[dict[str, Any]]:
    """With those of their libraries that the person may read now."""
    rows = list(folders)
    of_these = Folder.libraries.through.objects.filter(folder__in=rows)
    readable = Library.objects.visible_to(user).filter(pk__in=of_these.values("library"))
    links = of_these.filter(library__in=readable).values_list("folder_id", "library_id") if rows else []
    chosen: dict[UUID, list[str]] = {}
    for folder, library in links:
        chosen.setdefault(folder, []).append(str(library))
    return [
        {"id": str(row.pk), "name": row.name, "prompt": row.prompt, "libraries": chosen.get(row.pk, [])} for row in rows
    ]
