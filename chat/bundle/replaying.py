"""An answer asked for again as it was then: same question, settings and passages. And what differs. Synchronous.

Libraries and the web are not asked again: the passages of then are sent, so that what differs is the model's.
"""

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from chat import heartbeat, rows, spending
from chat.asking import Asked, models_to_ask
from chat.bundle.replayed import REPLAY
from chat.bundle.writing import made_by, sha256
from chat.memories import telling
from chat.models import Message
from chat.refusal import CommandRejected
from chat.replies import empty_replies

if TYPE_CHECKING:
    from webui.accounts.models import User

_SENTENCES = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
_MOST_SENTENCES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Differs:
    """One thing, as it was and as it is now."""

    what: str
    then: str
    now: str


def ask_as_then(user: "User", message_id: int) -> Asked:
    """Another answer beside that one, of the same model. Raises `CommandRejected`."""
    mine = Message.objects.visible_to(user).select_related("conversation", "parent__parent", "model")
    then = mine.filter(pk=message_id, role=Message.Role.ASSISTANT).first()
    if then is None or then.parent is None:
        raise CommandRejected(_("There is no such message."))
    if then.state == Message.State.RUNNING:
        raise CommandRejected(_("This answer is being written already."), code="busy", retryable=True)
    judged = models_to_ask(user, [then.model_name], then.conversation)
    replies = empty_replies(then.parent, judged, [], False, {})
    for reply in replies:
        reply.params = {**reply.params, **_as_then(user, then)}
    with transaction.atomic():
        heartbeat.beat()
        if refusal := spending.claim_all([(user, replies)])[0]:
            raise CommandRejected(str(refusal), code=refusal.code, retryable=True)
        rows.insert(replies)
    return Asked(user=user, conversation=then.conversation, question=then.parent, replies=replies)


def _as_then(user: "User", then: Message) -> dict[str, Any]:
    """What was remembered is told again as far as it is remembered still, and told at all."""
    told = then.params.get(telling.NOTED) if user.memory_on else None
    asked = {"params": dict(then.params.get("params", {})), REPLAY: {"of": then.pk, "looked": _looked_in(then)}}
    return asked | ({telling.NOTED: told} if told else {})


def _looked_in(then: Message) -> list[str]:
    """Where passages were looked for, whether any were found or not (chat/turn.py)."""
    if before := then.params.get(REPLAY):
        return list(before.get("looked", ()))
    made = made_by(then)
    found = {"libraries": made.get("libraries"), "web": made.get("web_search")}
    looked = [place for place, was in found.items() if was]
    return looked or (["files"] if then.sources.exists() else [])


def newest_of(then: Message) -> Message | None:
    """The last time that it was asked for again."""
    beside = Message.objects.filter(parent=then.parent_id, role=Message.Role.ASSISTANT, pk__gt=then.pk).order_by("-pk")
    rows_found = beside.select_related("assistant", "conversation").prefetch_related("sources")
    return next((row for row in rows_found if (row.params.get(REPLAY) or {}).get("of") == then.pk), None)


def differences(then: Message, now: Message) -> list[Differs]:
    """Of how they came about; their words are compared apart."""
    before, after = made_by(then), made_by(now)
    told = [
        (_("Model"), then.model_name, now.model_name),
        (_("Fingerprint"), then.model_digest or _("not told"), now.model_digest or _("not told")),
        (_("Settings"), settings_in(before), settings_in(after)),
        (_("Instructions"), str(before.get("instructions", "")), str(after.get("instructions", ""))),
        (_("Passages"), _passages(then), _passages(now)),
        (_("Tokens sent"), _tokens(then), _tokens(now)),
    ]
    return [Differs(what=what, then=one, now=other) for what, one, other in told if one != other]


def settings_in(made: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(made.get("params", {}).items()))


def words_apart(then: str, now: str) -> list[tuple[str, str]]:
    """("same" | "gone" | "come", text), sentence by sentence."""
    left, right = _sentences(then), _sentences(now)
    found: list[tuple[str, str]] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", " ".join(left[a:b])))
            continue
        found += [("gone", " ".join(left[a:b]))] if b > a else []
        found += [("come", " ".join(right[c:d]))] if d > c else []
    return found


def _sentences(text: str) -> list[str]:
    return [piece.strip() for piece in _SENTENCES.split(text) if piece and piece.strip()][:_MOST_SENTENCES]


def _passages(message: Message) -> str:
    """The beginnings of their hashes."""
    return " ".join(sha256(source.text)[:8] for source in message.sources.all() if source.text) or _("none")


def _tokens(message: Message) -> str:
    return str((message.usage or {}).get("prompt_tokens") or "–")
