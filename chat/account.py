"""The whole account of an answer, put together again from what is stored: each part, what was left out, the request.

Nothing of a prompt is stored twice. Messages, sources and the tag of the quotation marks make the same bytes again, and
the stored sum of them says whether they are the same.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from chat import folders
from chat.attachments.sending import VISION
from chat.attachments.showing import shown
from chat.merging import wish_of
from chat.models import Message
from chat.origin import TOOLS
from chat.prompt import Prompt, compose
from chat.tokens import Scale
from chat.tree import said_above
from providers.base import ChatMessage
from providers.bodies import bodies_again, encoded

_ALL = 10**9  # characters
_MOST_LEFT_OUT = 200  # messages that are named one by one
_OLDER = 1_000_000  # characters that are read of them
_FIRST_WORDS = 60
_CREDIBLE = (0.3, 1.2)  # between which shares of our count a server's count may be of the same prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What was put together again; `exact` when it is what was sent to the byte."""

    prompt: Prompt
    ids: Sequence[int]
    request: Mapping[str, Any] | None = None
    exact: bool = False


def account_of(reply: Message) -> dict[str, Any]:
    """For the page and the API. `reply.model`, `parent` and `conversation` are looked up when they were not."""
    row: dict[str, Any] = reply.ledger or {}
    usage = reply.usage or {}
    account = {
        "model": reply.model.name if reply.model else reply.model_name,
        "host": reply.host,
        "window": row.get("asked") or row.get("window"),
        "room": row.get("reply"),
        "estimate": row.get("estimate", 0),
        "reported": {"prompt": usage.get("prompt_tokens"), "completion": usage.get("completion_tokens")},
        "first_token_ms": usage.get("first_token_ms"),
        "tokens_per_second": usage.get("tokens_per_second"),
        "finish_reason": reply.finish_reason or None,
        "truncated": row.get("truncated"),
    }
    if not row or reply.parent is None:
        return account | {"parts": [], "left_out": [], "passages": None, "request": None, "exact": False}
    again = _again(reply, reply.parent, row)
    sent = len(again.prompt.passages)
    return account | {
        "parts": _parts(again.prompt, row, usage.get("prompt_tokens")) + _tools(reply, row),
        "left_out": [*_older(again.ids, row), *_unsent(row)],
        "passages": {"sent": sent, "found": sent + len(row.get("unsent", ()))},
        "request": again.request,
        "exact": again.exact,
    }


def _again(reply: Message, question: Message, row: Mapping[str, Any]) -> Again:
    said = said_above(question.pk, since=row.get("first") or question.pk, most=_ALL)
    messages: Sequence[ChatMessage] = said.messages
    ids = said.ids
    if reply.conversation.has_files:
        sees = reply.model is not None and VISION in reply.model.abilities
        messages, _files = shown(messages, ids, sees=sees)
    prompt = compose(
        [*folders.instructions(reply), *messages],
        [source.passage() for source in reply.sources.all()],
        consulted=bool(row.get("consulted")),
        begun=reply.text[: row.get("begun", 0)],
        tag=row.get("tag", ""),
        wish=wish_of(reply),
    )
    return _proved(prompt, ids, row)


def _proved(prompt: Prompt, ids: Sequence[int], row: Mapping[str, Any]) -> Again:
    """With the request, in the form whose sum is the stored one; else in the usual form."""
    if "body" not in row:
        return Again(prompt=prompt, ids=ids)
    bodies = list(bodies_again(row["body"], prompt.messages, native_ollama=bool(row.get("native"))))
    for body in bodies:
        if hashlib.sha256(encoded(body)).hexdigest() == row.get("sha256"):
            return Again(prompt=prompt, ids=ids, request=body, exact=True)
    return Again(prompt=prompt, ids=ids, request=bodies[0])


def _parts(prompt: Prompt, row: Mapping[str, Any], reported: int | None) -> list[dict[str, Any]]:
    """In the order in which they were sent. The server's count is shared out among them by ours, where it has one."""
    scale = Scale(*row.get("scale", (1.0, 1.0)))
    counts = [piece.tokens(scale) for piece in prompt.slices]
    share = (reported or 0) / max(sum(counts) + row.get("tools", 0), 1)
    if row.get("truncated") or not _CREDIBLE[0] <= share <= _CREDIBLE[1]:
        share = 1.0
    parts: dict[str, list[dict[str, Any]]] = {}
    for piece, count in zip(prompt.slices, counts, strict=True):
        item = {
            "title": _title(piece.kind, piece.title, piece.text),
            "tokens": round(count * share),
            "text": piece.text,
        }
        parts.setdefault(piece.kind, []).append(item)
    return [
        {"kind": kind, "tokens": sum(int(item["tokens"]) for item in items), "items": items}
        for kind, items in parts.items()
    ]


def _tools(reply: Message, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The descriptions of what the model might call: with every round they are sent once."""
    if not row.get("tools"):
        return []
    from providers.models import Tool

    names = Tool.objects.filter(pk__in=reply.params.get(TOOLS, ())).values_list("name", flat=True)
    item = {"title": _("Descriptions of tools"), "tokens": row["tools"], "text": "\n".join(names)}
    return [{"kind": "tools", "tokens": row["tools"], "items": [item]}]


def _title(kind: str, title: str, text: str) -> str:
    match kind, title:
        case "system", _any:
            return _("Instructions")
        case "passages" | "files", "":
            return _("How to use them")
        case "passages" | "files", _any:
            return title
        case _any, "wish":
            return _("What was asked of this answer alone")
        case _any, "user":
            return _("Person: %(words)s") % {"words": _first_words(text)}
    return _("Model: %(words)s") % {"words": _first_words(text)}


def _older(ids: Sequence[int], row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The messages of the branch that were not told."""
    if not ids:
        return []
    above = Message.objects.filter(pk=ids[0]).values_list("parent_id", flat=True).first()
    if above is None:
        return []
    said = said_above(above, most=_OLDER)
    older = [(pk, message.role, str(message.content)) for pk, message in zip(said.ids, said.messages, strict=True)]
    scale = Scale(*row.get("scale", (1.0, 1.0)))
    why = _("Older than what the window has room for.")
    return [
        {"kind": "history", "id": pk, "title": _title("history", role, text), "tokens": scale.of(text), "why": why}
        | {"text": text}
        for pk, role, text in older[-_MOST_LEFT_OUT:]
    ]


def _unsent(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    left_out = []
    for name, page, score in row.get("unsent", ()):
        title = _("%(name)s, page %(page)s") % {"name": name, "page": page} if page else name
        why = _("There was no room for it. Its score was %(score)s.") % {"score": f"{score:.2f}"}
        left_out.append({"kind": "passages", "title": title, "why": why})
    return left_out


def _first_words(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _FIRST_WORDS else line[: _FIRST_WORDS - 1].rstrip() + "…"
