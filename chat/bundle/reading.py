"""A bundle taken in: checked whole, and stored once for each person. Raises `Unreadable` with a sentence."""

import json
import uuid
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from chat.bundle import files
from chat.bundle.files import NOTED
from chat.bundle.shapes import Bundle, Said, checked
from chat.bundle.writing import FORM, MADE
from chat.models import Attachment, Bundled, Conversation, Indexed, Message, Source, Tag
from chat.origin import EDITED, MERGED
from chat.tools.calls import STAGE

if TYPE_CHECKING:
    from webui.accounts.models import User

_BATCH = 500
HEAD = 4000  # bytes of a bundle within which its form stands: keys are sorted


def is_bundle(head: bytes) -> bool:
    return head.lstrip()[:1] == b"{" and FORM.encode() in head


def take_in(user: "User", body: object) -> tuple[Conversation, int]:
    """The chat, and how many messages were added: none when this person has it already."""
    given = checked(body)
    mine = Conversation.objects.visible_to(user)
    known = mine.filter(pk=given.id).first() or mine.filter(bundled__key=given.id).first()
    if known:
        return known, 0
    key = uuid.uuid5(given.id, f"bundle {user.pk}")
    made = files.take_in(user, [one for row in given.messages for one in row.files], given.payload)
    try:
        with transaction.atomic():
            return _stored(user, key, given, made), len(given.messages)
    except IntegrityError:  # brought twice in the same moment
        files.forget(made)
        return mine.get(pk=key), 0


def _stored(user: "User", key: uuid.UUID, given: Bundle, attached: dict[str, Attachment]) -> Conversation:
    chat = Conversation.objects.create(
        pk=key,
        owner=user,
        title=given.title,
        title_by_person=True,
        model_ids=given.models,
        params=given.params,
        system=given.system,
        web_search=given.web_search,
    )
    made = Message.objects.bulk_create((_row(user, chat, row) for row in given.messages), batch_size=_BATCH)
    for row, one in zip(made, given.messages, strict=True):
        row.parent = made[one.parent - 1] if one.parent else None
        row.created_at = one.at
        row.params = _params(one, made)
    Message.objects.bulk_update(made, ["parent", "created_at", "params"], batch_size=_BATCH)
    cited = ((row, source) for row, one in zip(made, given.messages, strict=True) for source in one.sources)
    Source.objects.bulk_create(
        (Source(message=row, **source.model_dump(exclude={"sha256"})) for row, source in cited), batch_size=_BATCH
    )
    files.link(chat, made, [one.files for one in given.messages], attached)
    Tag.objects.bulk_create([Tag(conversation=chat, name=tag[:40]) for tag in given.tags], ignore_conflicts=True)
    Indexed.objects.create(conversation=chat, due=True)
    Bundled.objects.create(conversation=chat, key=given.id)
    if given.shown and given.shown <= len(made):
        chat.show(made[given.shown - 1])
    return chat


def _row(user: "User", chat: Conversation, one: Said) -> Message:
    trail: list[Any] = [["searched", json.dumps(one.search, ensure_ascii=False)]] if one.search else []
    trail += [[STAGE, call] for call in one.calls]
    trail += [size for size in (-len(one.reasoning), len(one.text)) if size]
    return Message(
        conversation=chat,
        author=user if one.role == "user" else None,
        role=one.role,
        state=one.state,
        text=one.text,
        reasoning=one.reasoning,
        model_name=one.model,
        model_digest=one.fingerprint,
        finish_reason=one.finish_reason,
        error_code=one.error,
        usage=one.usage,
        trail=trail,
    )


def _params(one: Said, made: list[Message]) -> dict[str, Any]:
    """With the keys that the messages have here."""

    def moved(n: Any) -> int:
        return made[n - 1].pk if isinstance(n, int) and 0 < n <= len(made) else 0

    params = dict(one.origin) | ({NOTED: [file.model_dump() for file in one.files]} if one.files else {})
    if isinstance(params.get(EDITED), dict):
        params[EDITED] = {**params[EDITED], "of": moved(params[EDITED].get("of"))}
    if isinstance(params.get(MERGED), list):
        params[MERGED] = [{**row, "id": moved(row.get("id"))} for row in params[MERGED] if isinstance(row, dict)]
    if one.role == "assistant":
        params |= {MADE: one.made.model_dump(), "params": one.made.params}
    return params
