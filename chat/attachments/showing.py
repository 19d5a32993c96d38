"""The files of a conversation in its prompt: pictures as parts of their messages, documents by name there and quoted.

Looked for only where the conversation is marked as having files.
"""

import asyncio
import base64
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import connection

from chat.attachments import reading
from chat.attachments.quoting import Document, quoted
from chat.attachments.taking import PLACE
from chat.database import in_database
from chat.models import Attachment, Message
from knowledge import storage
from knowledge.passages import Passage, RetrievalError
from knowledge.web.plaintext import plain_line
from providers.base import ChatMessage

# Every picture costs about as much as a page of text, in each turn again: older ones are named instead.
OLDER_MESSAGES = 3
MOST_PICTURES = 12
MOST_BYTES = 16 * 1024 * 1024
MOST_DOCUMENTS = 20


def shown(messages: Sequence[ChatMessage], ids: Sequence[int], *, sees: bool) -> tuple[list[ChatMessage], list[UUID]]:
    """The messages with their pictures and the names of their files, and the documents that may be quoted.

    `ids` are those of the messages, the newest question last; `sees`: the model looks at pictures.
    """
    files = files_above(ids[-1])
    pictures = _worth_sending(files, ids) if sees else set()
    told: list[ChatMessage] = []
    made: list[Attachment] = []
    for pk, message in zip(ids, messages, strict=True):
        if message.role != "user":
            # Servers take pictures from people alone, so those that were made here go with the next question.
            made += [file for file in files.get(pk, ()) if file.pk in pictures]
            told.append(message)
            continue
        with_it, made = [*made, *files.get(pk, ())], []
        told.append(_with_files(message, with_it, pictures, newest=pk == ids[-1]) if with_it else message)
    return told, _quotable(files, ids[-1])


async def passages_of(documents: Sequence[UUID], question: str, room: int) -> list[Passage]:
    """What the documents say to the question, once they are read. Raises `RetrievalError`."""
    await reading.wait_for(documents)
    rows = await in_database(_rows, documents)
    for row in rows:
        if row.state == Attachment.State.FAILED:
            raise RetrievalError(f"{row.name}: {row.problem}")
    read = {row.pk: row for row in rows}
    texts = [(read[pk].name, read[pk].text) for pk in documents if pk in read]
    return await asyncio.to_thread(_quoted, texts, question, room)


def _quoted(texts: Sequence[tuple[str, str]], question: str, room: int) -> list[Passage]:
    return quoted([Document(name=name, blocks=reading.blocks_of(text)) for name, text in texts], question, room)


def _rows(documents: Sequence[UUID]) -> list[Attachment]:
    return list(Attachment.objects.filter(pk__in=documents))


# The whole branch: a document counts also where its message is too old to be told.
_FILES = """
WITH RECURSIVE up(id, parent) AS (
    SELECT id, parent_id FROM chat_message WHERE id = %s
    UNION ALL
    SELECT m.id, m.parent_id FROM chat_message m JOIN up ON m.id = up.parent
)
SELECT t.message_id, t.attachment_id FROM chat_attachment_messages t JOIN up ON t.message_id = up.id ORDER BY t.id
"""


def files_above(question: int) -> Mapping[int, list[Attachment]]:
    """The files of each message from the root to this question."""
    with connection.cursor() as cursor:
        cursor.execute(_FILES, [question])
        pairs = [(message, key if isinstance(key, UUID) else UUID(key)) for message, key in cursor.fetchall()]
    rows = Attachment.objects.defer("text").in_bulk({key for _message, key in pairs})
    files: defaultdict[int, list[Attachment]] = defaultdict(list)
    for message, key in pairs:
        if key in rows:
            files[message].append(rows[key])
    return dict(files)


def _worth_sending(files: Mapping[int, list[Attachment]], ids: Sequence[int]) -> set[UUID]:
    """The pictures of this question, and those of a few messages before it."""
    having = [pk for pk in reversed(ids) if any(_is_picture(file) for file in files.get(pk, ()))]
    asked = 1 if having and having[0] == ids[-1] else 0
    sent: set[UUID] = set()
    left = MOST_BYTES
    for pk in having[: OLDER_MESSAGES + asked]:
        for picture in filter(_is_picture, files[pk]):
            if picture.pk in sent or len(sent) >= MOST_PICTURES or picture.size > left:
                continue
            left -= picture.size
            sent.add(picture.pk)
    return sent


def _quotable(files: Mapping[int, list[Attachment]], question: int) -> list[UUID]:
    """Documents that were read or are being read, each once; of this question also what failed, to be told so."""
    found: dict[UUID, None] = {}
    for message, attached in files.items():
        for file in attached:
            if not _is_picture(file) and (file.state != Attachment.State.FAILED or message == question):
                found[file.pk] = None
    return list(found)[-MOST_DOCUMENTS:]


def _with_files(message: ChatMessage, files: Sequence[Attachment], pictures: set[UUID], *, newest: bool) -> ChatMessage:
    """Before the newest question its documents are quoted with their names, and it is searched with as it is."""
    parts: list[dict[str, Any]] = []
    notes: list[str] = []
    for file in files:
        url = _data_url(file) if file.pk in pictures else None
        if url:
            parts.append({"type": "image_url", "image_url": {"url": url}})
        elif not newest or _is_picture(file):
            notes.append(_note(file))
    text = "\n\n".join([str(message.content), *notes])
    return replace(message, content=[*parts, {"type": "text", "text": text}] if parts else text)


def _note(file: Attachment) -> str:
    name = plain_line(file.name)
    if _is_picture(file):
        return f"[A picture stood here and is not shown again: {name}]"
    if file.state == Attachment.State.FAILED:
        return f"[Attached file, which could not be read: {name}]"
    return f"[Attached file: {name}]"


def _data_url(file: Attachment) -> str | None:
    path = storage.path_of(file.file_name, PLACE)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    return f"data:{file.media_type};base64,{base64.b64encode(content).decode()}"


def _is_picture(file: Attachment) -> bool:
    return bool(file.kind == Attachment.Kind.IMAGE)


def names_of(messages: Sequence[Message]) -> dict[int, list[dict[str, Any]]]:
    """The files of these messages as they go to the page."""
    through = Attachment.messages.through.objects.filter(message__in=[message.pk for message in messages])
    rows = through.select_related("attachment").defer("attachment__text").order_by("pk")
    told: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        told[row.message_id].append(row.attachment.to_wire())
    return told
