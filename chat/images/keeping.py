"""A picture that came from a server becomes a file of the chat: judged, drawn anew, with a thumbnail. Synchronous.

Raises `ProviderError`, with a sentence about the server that sent it, or about the room that is left.
"""

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.attachments import pictures, taking
from chat.attachments.pictures import Developed, PictureRefused
from chat.models import Attachment, Conversation, Message
from knowledge import room, storage
from providers.base import ProviderError
from providers.images.failing import Teller

LONGEST_NAME = 80  # characters of a prompt in the name of its file
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """A picture that was drawn anew: its bytes and those of its small copy."""

    content: bytes
    small: bytes
    facts: Developed


def developed(content: bytes, server: str) -> Fresh:
    """The picture without anything but its pixels. Slow, so off the event loop."""
    teller = Teller(server=server)
    if not pictures.kind_of(content[:4096]):
        raise teller.failed("not_a_picture")
    with tempfile.TemporaryDirectory(prefix="picture-") as folder:
        given, drawn, small = (Path(folder) / part for part in ("given", "drawn", "small"))
        given.write_bytes(content)
        try:
            facts = pictures.develop(given, drawn, small, as_made=True)
        except PictureRefused as refusal:
            raise teller.failed("not_a_picture", str(refusal)) from None
        return Fresh(content=drawn.read_bytes(), small=small.read_bytes(), facts=facts)


def keep(owner: int, reply: Message | None, fresh: Fresh, made: Mapping[str, Any]) -> Attachment:
    """A file of its owner that belongs to this answer; `made` says how it came to be ({"prompt", "server", "seed"})."""
    try:
        room.check(owner, len(fresh.content) + len(fresh.small))
        stored, thumbnail = taking.stored(fresh.content), taking.stored(fresh.small)
        row = taking.row_for(stored, thumbnail, **_fields(owner, fresh.facts, made))
    except storage.StorageFull:
        raise ProviderError(_("The server's disk is full. Tell an administrator."), code="no_room") from None
    except room.NoRoom as refusal:
        raise ProviderError(str(refusal), code="no_room") from None
    if reply is not None:
        _join(row, reply)
    return row


def lay_by(owner: int, fresh: Fresh, made: Mapping[str, Any]) -> Attachment:
    """A file of its owner that belongs to no answer: swept like one that was uploaded and never sent."""
    row = keep(owner, None, fresh, made)
    row.sent_at = None
    row.save(update_fields=["sent_at"])
    return row


def content_of(picture: Attachment) -> bytes:
    """Its bytes, for a server that is to change it. Raises `ProviderError` when they are gone."""
    try:
        return storage.path_of(picture.file_name, taking.PLACE).read_bytes()
    except FileNotFoundError:
        raise ProviderError(_("The picture that is to be changed is not there any more."), code="not_found") from None


def name_for(prompt: str, media_type: str) -> str:
    """A file name out of the words of a prompt, in any script."""
    words = re.sub(r"[^\w\s-]", " ", prompt[: LONGEST_NAME * 2])
    return f"{' '.join(words.split())[:LONGEST_NAME].strip() or 'picture'}.{_ENDINGS[media_type]}"


def _fields(owner: int, facts: Developed, made: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "owner_id": owner,
        "name": name_for(str(made.get("prompt", "")), facts.media_type),
        "kind": Attachment.Kind.IMAGE,
        "media_type": facts.media_type,
        "width": facts.width,
        "height": facts.height,
        "state": Attachment.State.READY,
        "sent_at": timezone.now(),
        "made": dict(made),
    }


def _join(row: Attachment, reply: Message) -> None:
    """With the answer, unless that was deleted meanwhile: then the file goes too."""
    with transaction.atomic():
        if Message.objects.select_for_update().filter(pk=reply.pk).exists():
            row.messages.add(reply)
            Conversation.objects.filter(pk=reply.conversation_id, has_files=False).update(has_files=True)
            return
    row.delete()


def as_png(content: bytes) -> bytes:
    """For servers that take nothing else."""
    from PIL import Image

    with Image.open(BytesIO(content), formats=("PNG", "JPEG")) as opened:
        if opened.format == "PNG":
            return content
        out = BytesIO()
        opened.convert("RGB").save(out, "PNG")
    return out.getvalue()
