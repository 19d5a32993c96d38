"""Messages in the order of roles that a model's template takes. Pure.

Some templates know no system message, some only one, some want question and answer to alternate.
"""

from collections.abc import Mapping, Sequence
from typing import Any

AS_GIVEN, MERGED, WITHOUT_SYSTEM = range(3)
ROLE_WORDS = ("yes", "merged", "no")  # how a card says the same: are the roles taken as they are given?
_PLAIN = {"role", "content"}  # whoever has more, such as tool calls, is left alone


def arranged(messages: Sequence[Mapping[str, Any]], how: int) -> list[dict[str, Any]]:
    """`MERGED`: neighbours of one role become one message; `WITHOUT_SYSTEM`: and the system's words open the first
    question.
    """
    arranged = [dict(message) for message in messages]
    if how >= WITHOUT_SYSTEM:
        for message in arranged:
            if message["role"] == "system":
                message["role"] = "user"
    if how < MERGED:
        return arranged
    merged: list[dict[str, Any]] = []
    for message in arranged:
        last = merged[-1] if merged else None
        if last and last["role"] == message["role"] and last.keys() == message.keys() == _PLAIN:
            last["content"] = _joined(last["content"], message["content"])
        else:
            merged.append(message)
    return merged


def _joined(first: Any, second: Any) -> Any:
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}"
    return [*_parts(first), *_parts(second)]


def _parts(content: Any) -> list[Any]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content or ())
