"""The body of a question as it goes over the wire, and how to make the same bytes again from its parts. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from providers.base import ChatMessage
from providers.roles import AS_GIVEN, WITHOUT_SYSTEM, arranged

_HERE = "messages"


def encoded(content: Mapping[str, Any]) -> bytes:
    """As JSON; halves of characters, which a page may send, become question marks."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def without_messages(content: Mapping[str, Any]) -> str:
    """What else stands in the body, as text, because the order counts and not every database keeps it."""
    return json.dumps({**content, _HERE: None}, ensure_ascii=False, separators=(",", ":"))


def bodies_again(head: str, messages: Sequence[ChatMessage], *, native_ollama: bool) -> Iterator[dict[str, Any]]:
    """Every form in which a client may have sent these messages, the usual one first."""
    body: dict[str, Any] = json.loads(head)
    if native_ollama:
        from providers.ollama_wire import wire_messages

        yield {**body, _HERE: wire_messages(messages)}
        return
    plain = [{"role": m.role, "content": m.content, **m.extra} for m in messages]
    for how in range(AS_GIVEN, WITHOUT_SYSTEM + 1):
        yield {**body, _HERE: arranged(plain, how)}
