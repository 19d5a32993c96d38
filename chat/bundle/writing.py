"""A chat as a bundle, form `webui.bundle/1`: branches, settings, fingerprints, passages with hashes, receipts.

The same chat makes the same bytes, wherever it was taken in: messages have numbers of their own, times are as they were
stored, keys are sorted, and nothing of this server (ids, names of hosts, memories of the person) is in it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from chat import folders
from chat.bundle import files
from chat.exporting.rows import all_of
from chat.memories import telling
from chat.models import Attachment, Bundled, Conversation, Message, Source
from chat.origin import EDITED, GROUP, KEPT, MERGED, WISH
from chat.tools.calls import STAGE

FORM = "webui.bundle/1"
MADE = "made"  # in `Message.params` of a message that came in a bundle: what there is no column for
_COUNTED = ("prompt_tokens", "completion_tokens", "total_tokens")


def written(chat: Conversation, *, bytes_too: bool = False) -> str:
    """The whole file; with the bytes of attached files it raises `TooMuch`."""
    rows, attached = sorted(all_of(chat), key=lambda row: row.pk), files.of_chat(chat)
    number = {row.pk: n for n, row in enumerate(rows, 1)}
    origin = Bundled.objects.filter(conversation=chat).first()
    told: dict[str, Any] = {
        "form": FORM,
        "id": str(origin.key if origin else chat.pk),
        "title": chat.title,
        "models": chat.model_ids,
        "params": chat.params,
        "system": chat.system,
        "web_search": chat.web_search,
        "shown": number.get(chat.active_id or 0),
        "tags": sorted(tag.name for tag in chat.tags.all()),
        "messages": [_message(row, number) | _files(row, attached[row.pk]) for row in rows],
    }
    if bytes_too:
        told["payload"] = files.contents(rows, attached)
    return encoded(told | {"sha256": sum_of(told)})


def with_files(chat: Conversation) -> str:
    return written(chat, bytes_too=True)


def encoded(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def sum_of(told: Mapping[str, Any]) -> str:
    """Of all but itself: says whether the file is as it was written."""
    return sha256(encoded({key: told[key] for key in told if key != "sha256"}))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def made_by(row: Message) -> dict[str, Any]:
    """How an answer was asked for, as far as it can be told elsewhere."""
    if kept := row.params.get(MADE):
        return dict(kept)
    if row.role != Message.Role.ASSISTANT:
        return {}
    everything = row.params
    row.params = {name: value for name, value in everything.items() if name != telling.NOTED}
    said = [str(message.content) for message in folders.instructions(row)]
    row.params = everything
    return {
        "params": row.params.get("params", {}),
        "libraries": len([*row.params.get("libraries", ()), *row.params.get("granted", ())]),
        "web_search": bool(row.params.get("web_search")),
        "instructions": "\n\n".join(said),
    }


def _message(row: Message, number: Mapping[int, int]) -> dict[str, Any]:
    state = Message.State.INTERRUPTED if row.state == Message.State.RUNNING else row.state
    return {
        "n": number[row.pk],
        "parent": number.get(row.parent_id or 0),
        "role": row.role,
        "state": str(state),
        "text": row.text,
        "reasoning": row.reasoning,
        "at": row.created_at.isoformat(),
        "model": row.model_name,
        "fingerprint": row.model_digest,
        "finish_reason": row.finish_reason,
        "error": row.error_code,
        "usage": {name: row.usage[name] for name in _COUNTED if isinstance((row.usage or {}).get(name), int)},
        "made": made_by(row),
        "origin": _origin(row, number),
        "sources": [_source(source) for source in row.sources.all()],
        "search": json.loads(row.search or "{}"),
        "calls": [item[1] for item in row.trail if isinstance(item, list) and item and item[0] == STAGE],
    }


def _files(row: Message, attached: Sequence[Attachment]) -> dict[str, Any]:
    named = files.named(row, attached)
    return {"files": named} if named else {}


def _origin(row: Message, number: Mapping[int, int]) -> dict[str, Any]:
    """With the bundle's numbers; 0 for what is gone."""
    told = {name: row.params[name] for name in (GROUP, KEPT, WISH) if row.params.get(name)}
    if edited := row.params.get(EDITED):
        told[EDITED] = {**edited, "of": number.get(edited.get("of") or 0, 0)}
    if merged := row.params.get(MERGED):
        told[MERGED] = [{**one, "id": number.get(one.get("id") or 0, 0)} for one in merged]
    return told


def _source(source: Source) -> dict[str, Any]:
    """What its reader may not see any more has neither text nor hash."""
    shut = source.is_shut
    text = "" if shut else source.text
    return {
        "n": source.n,
        "title": source.title,
        "url": "" if shut else source.url,
        "document_name": source.document_name,
        "page": None if shut else source.page,
        "heading": "" if shut else source.heading,
        "start": None if shut else source.start,
        "end": None if shut else source.end,
        "text": text,
        "sha256": sha256(text) if text else "",
        "score": source.score,
        "cited": source.cited,
        "checks": source.checks,
    } | ({"disagrees": source.disagrees} if source.disagrees and not shut else {})
