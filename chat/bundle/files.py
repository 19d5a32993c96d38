"""The files of a chat in its bundle: named in any case, and where they were asked for there in base64.

What comes back is taken in as if it had been uploaded: told by its content, pictures drawn anew. Synchronous. Raises
`TooMuch`, and `Unreadable`, with a sentence.
"""

import base64
import binascii
from collections import defaultdict
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeAlias

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from chat.attachments import reading, sending, taking
from chat.importing.shapes import Unreadable
from chat.models import Attachment, Conversation, Message
from knowledge import storage
from knowledge.documents import UploadRefused

if TYPE_CHECKING:
    from webui.accounts.models import User

NOTED = "bundled_files"  # in `Message.params`: the list of what came in a bundle, as it stood there
MOST = 40  # files in one bundle
MOST_BYTES = 30 * 1024 * 1024  # of all of them


class TooMuch(Exception):
    """Why the files of this chat do not go into one bundle, for the person."""


class File(BaseModel):
    """What a file of a message was; `sha256` is of the bytes where it came from."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=255)
    kind: str = Field(max_length=10)
    media_type: str = Field(max_length=100)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size: int = Field(ge=0, lt=2**40)


Bytes: TypeAlias = dict[str, str]  # of files, in base64, by their `sha256`


def of_chat(chat: Conversation) -> dict[int, list[Attachment]]:
    """By message. No query for a chat that never had any."""
    found: defaultdict[int, list[Attachment]] = defaultdict(list)
    if chat.has_files:
        through = Attachment.messages.through.objects.filter(message__conversation=chat)
        for row in through.select_related("attachment").defer("attachment__text").order_by("pk"):
            found[row.message_id].append(row.attachment)
    return found


def named(row: Message, attached: Sequence[Attachment]) -> list[dict[str, Any]]:
    """The list of a message's files: as it came, where it came in a bundle."""
    if kept := row.params.get(NOTED):
        return list(kept)
    return [
        {"name": one.name, "kind": one.kind, "media_type": one.media_type, "sha256": one.sha256, "size": one.size}
        for one in attached
    ]


def contents(rows: Sequence[Message], attached: dict[int, list[Attachment]]) -> Bytes:
    """All that is there, under the names of the lists."""
    found = {listed["sha256"]: one for row in rows for listed, one in _pairs(row, attached[row.pk])}
    if not fits(list(found.values())):
        raise TooMuch(
            _("The files of this chat are too many or too large for one bundle: at most %(most)d, and %(mb)d MB.")
            % {"most": MOST, "mb": MOST_BYTES // 1024**2}
        )
    paths = {key: storage.path_of(one.file_name, taking.PLACE) for key, one in found.items()}
    return {key: base64.b64encode(path.read_bytes()).decode() for key, path in paths.items() if path.exists()}


def fits(files: Sequence[Attachment]) -> bool:
    return len(files) <= MOST and sum(one.size for one in files) <= MOST_BYTES


def take_in(user: "User", listed: Sequence[File], given: Bytes) -> dict[str, Attachment]:
    """A file of this person's for each whose bytes are there, by `sha256`; none of them when one is refused."""
    made: dict[str, Attachment] = {}
    try:
        for one in listed:
            if one.sha256 in given and one.sha256 not in made:
                made[one.sha256] = _taken_in(user, one.name, given[one.sha256])
    except Unreadable:
        forget(made)
        raise
    return made


def forget(made: dict[str, Attachment]) -> None:
    Attachment.objects.filter(pk__in=[one.pk for one in made.values()]).delete()


def link(
    chat: Conversation, rows: Sequence[Message], listed: Sequence[Sequence[File]], made: dict[str, Attachment]
) -> None:
    """Each message gets those of its list that were made."""
    of_each = ([made[one.sha256] for one in files if one.sha256 in made] for files in listed)
    pairs = list(zip(rows, of_each, strict=True))
    if any(files for _row, files in pairs):
        sending.link(pairs, [chat])


def _taken_in(user: "User", name: str, encoded: str) -> Attachment:
    try:
        content = base64.b64decode(encoded, validate=True)
        made = taking.take_in(user, name, BytesIO(content))
    except binascii.Error:
        text = _("The file “%(name)s” of this bundle is damaged. Export it again.")
        raise Unreadable(text % {"name": name}) from None
    except UploadRefused as refusal:
        raise Unreadable(f"{name}: {refusal}") from None
    if made.state == Attachment.State.READING:
        reading.leave(made)
    return made


def _pairs(row: Message, attached: Sequence[Attachment]) -> Iterator[tuple[dict[str, Any], Attachment]]:
    listed = named(row, attached)
    # Where some came without their bytes, nobody knows which.
    return zip(listed, attached, strict=True) if len(listed) == len(attached) else iter(())
