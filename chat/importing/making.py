"""A chat out of its parts, or the sentence why it cannot be one. Pure."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from chat.importing.shapes import Chat, Cited, Said, Unreadable
from chat.importing.trees import NOTHING, Node, grown


def said(left: Counter[str], **given: Any) -> Said | None:
    """A message; None when there is nothing in it that can be taken. Raises `Unreadable`.

    `left` is of this message alone: a question of which only a picture is left keeps its place.
    """
    if not (given.get("text") or given.get("reasoning")):
        if given["role"] == "assistant" and given.get("state", "complete") == "complete":
            return None
        if given["role"] == "user":
            if not left:
                return None
            given["text"] = NOTHING
    try:
        return Said.model_validate(given)
    except ValidationError as error:
        raise Unreadable(_told(error)) from None


def cited(**given: Any) -> Cited | None:
    """A source; None when it is not fit to be one."""
    try:
        return Cited.model_validate(given)
    except ValidationError:
        return None


def chat(nodes: Sequence[Node], left: Counter[str], *, shown: str = "", **given: Any) -> Chat:
    """Raises `Unreadable`."""
    messages, end = grown(nodes, shown)
    times = [one.at for one in messages if one.at]
    given["began"] = given.get("began") or min(times, default=None)
    given["ended"] = given.get("ended") or max(times, default=given["began"])
    given["tags"] = list(dict.fromkeys(given.get("tags", ())))[:20]
    try:
        return Chat(said=messages, shown=end, left=dict(left), **given)
    except ValidationError as error:
        raise Unreadable(_told(error)) from None


def _told(error: ValidationError) -> str:
    first = error.errors()[0]
    if first["type"] in ("string_too_long", "too_long"):
        return _("It has more messages, or longer ones, than a chat can have here.")
    where = ".".join(str(part) for part in first["loc"])
    return _("It is not written as expected (%(where)s).") % {"where": f"{where}: {first['msg']}"}
