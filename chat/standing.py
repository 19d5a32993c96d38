"""How the models of an old conversation stand: whether they may still be asked, and are what wrote its answers."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from chat import assistants
from chat.models import Conversation, Message
from providers.access import ModelNotAllowed

if TYPE_CHECKING:
    from webui.accounts.models import User

LOOKED_BACK = 50  # answers


def standing(user: "User", chat: Conversation) -> list[dict[str, Any]]:
    """One entry for each model that was chosen last: `withdrawn` makes the chat read-only until another is chosen."""
    ids = list(dict.fromkeys(chat.model_ids))
    if not ids:
        return []
    found = assistants.known(ids)
    wrote = _what_wrote(chat, ids)
    entries = []
    for public_id in ids:
        try:
            choice = assistants.chosen(user, [public_id], found)[0]
        except ModelNotAllowed:
            entries.append({"id": public_id, "withdrawn": True, "changed": False, "why": _withdrawn(public_id)})
            continue
        before, now = wrote.get(public_id, ""), choice.model.fingerprint
        changed = bool(before and now and before != now)
        name = choice.assistant.name if choice.assistant else choice.model.name
        why = _("“%(model)s” is not the model that wrote the answers above: it was changed on its server.")
        entries.append(
            {"id": public_id, "withdrawn": False, "changed": changed, "why": why % {"model": name} if changed else None}
        )
    return entries


def _withdrawn(public_id: str) -> str:
    """The sentence under an old chat. It tells no more than the chat itself did."""
    if public_id.startswith(assistants.PREFIX):
        return _("The assistant of this chat is no longer allowed. Choose another.")
    return _("The model “%(model)s” is no longer allowed. Choose another.") % {"model": public_id}


def _what_wrote(chat: Conversation, ids: list[str]) -> dict[str, str]:
    """The fingerprint in the newest answer of each."""
    answers = chat.messages.filter(role=Message.Role.ASSISTANT).order_by("-id")
    wrote: dict[str, str] = {}
    for name, digest in answers.values_list("model_name", "model_digest")[:LOOKED_BACK]:
        if digest and name in ids:
            wrote.setdefault(name, digest)
    return wrote
