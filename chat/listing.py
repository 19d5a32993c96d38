"""The list of a person's chats: pages of it, newest first, of all chats, of a folder, of a tag, or of the archive."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chat import folders
from chat.models import Conversation, Folder, Message, Tag

if TYPE_CHECKING:
    from webui.accounts.models import User

PAGE = 50
MOST_PINNED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which chats are listed. All fields empty: those that lie in no folder and not in the archive."""

    folder: UUID | None = None
    tag: str = ""
    archived: bool = False

    @property
    def is_everything(self) -> bool:
        return self == Place()


def page(user: "User", place: Place, before: datetime | None) -> dict[str, Any]:
    """A page; the first one of all chats tells of folders, tags and pinned chats besides."""
    mine = Conversation.objects.visible_to(user).prefetch_related("tags")
    chats = _in_place(mine, place).order_by("-updated_at", "pk")
    if before:
        chats = chats.filter(updated_at__lt=before)
    rows = list(chats[: PAGE + 1])
    is_first = place.is_everything and before is None
    pinned = list(mine.filter(pinned_at__isnull=False, archived_at=None)[:MOST_PINNED]) if is_first else []
    running = _running([*rows, *pinned])
    following = rows[PAGE - 1].updated_at.isoformat() if len(rows) > PAGE else None
    listed = {"chats": _told(rows[:PAGE], running), "next": following}
    if not is_first:
        return listed
    return listed | {
        "pinned": _told(sorted(pinned, key=lambda chat: chat.updated_at, reverse=True), running),
        "folders": folders.to_wire(user, Folder.objects.visible_to(user)),
        "tags": tags_of(user),
    }


def tags_of(user: "User") -> list[str]:
    names = Tag.objects.filter(conversation__in=Conversation.objects.visible_to(user)).order_by("name")
    return list(names.values_list("name", flat=True).distinct())


def to_wire(chat: Conversation) -> dict[str, Any]:
    """`locked`: no model writes its title any more."""
    return {
        "id": str(chat.pk),
        "title": chat.title,
        "updated_at": chat.updated_at.isoformat(),
        "running": False,
        "pinned": chat.pinned_at is not None,
        "archived": chat.archived_at is not None,
        "folder": str(chat.folder_id) if chat.folder_id else None,
        "locked": chat.title_by_person,
        "tags": [tag.name for tag in chat.tags.all()],
    }


def _in_place(chats: Any, place: Place) -> Any:
    if place.tag:
        return chats.filter(tags__name=place.tag, archived_at=None)
    if place.archived:
        return chats.filter(archived_at__isnull=False)
    if place.folder:
        return chats.filter(folder=place.folder, archived_at=None)
    return chats.filter(folder=None, archived_at=None, pinned_at=None)


def _running(rows: Iterable[Conversation]) -> set[UUID]:
    running = Message.objects.filter(conversation__in=list(rows), state=Message.State.RUNNING)
    return set(running.values_list("conversation_id", flat=True))


def _told(rows: Sequence[Conversation], running: set[UUID]) -> list[dict[str, Any]]:
    return [to_wire(chat) | {"running": chat.pk in running} for chat in rows]
