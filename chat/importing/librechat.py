"""LibreChat: the JSON export of one conversation, flat (`messages` that name the one above) or as a tree
(`messagesTree`, or `messages` with `children`)."""

from collections import Counter
from collections.abc import Iterator

from chat.importing import fields, making
from chat.importing.fields import Record
from chat.importing.shapes import MOST_MESSAGES, Chat, Said, Unreadable
from chat.importing.trees import Node


class LibreChat:
    name, label = "librechat", "LibreChat"

    def recognises(self, thing: Record) -> bool:
        return isinstance(thing.get("conversationId"), str) and bool(_first(thing))

    def chats(self, thing: Record) -> Iterator[Chat | Unreadable]:
        left = Counter[str]()
        model = fields.line(fields.record(thing.get("options")).get("model"), 420)
        messages = list(_flat(_first(thing)))
        nodes = [Node(_key(message), parent, _said(message, model, left)) for message, parent in messages]
        yield making.chat(
            nodes,
            left,
            product=self.name,
            key=fields.key(thing.get("conversationId")),
            title=fields.line(thing.get("title"), 200),
            tags=[tag for one in fields.entries(thing.get("tags")) if (tag := fields.line(one, 40).replace("#", ""))],
        )


def _first(thing: Record) -> list[Record]:
    given = thing.get("messagesTree") or thing.get("messages")
    return fields.records([given] if isinstance(given, dict) else given)


def _flat(messages: list[Record]) -> Iterator[tuple[Record, str | None]]:
    """All messages with the key of the one above, however deep they lie in each other."""
    waiting = [(message, fields.key(message.get("parentMessageId")) or None) for message in reversed(messages)]
    seen = 0
    while waiting:
        message, parent = waiting.pop()
        seen += 1
        if seen > 4 * MOST_MESSAGES:
            break  # the tree says what is wrong with that
        yield message, parent
        children = fields.records(message.get("children"))
        waiting += [(child, _key(message)) for child in reversed(children)]


def _key(message: Record) -> str:
    return fields.key(message.get("messageId"))


def _said(message: Record, model: str, left: Counter[str]) -> Said | None:
    is_question = message.get("isCreatedByUser") is True or message.get("sender") == "User"
    lost = Counter[str]()
    for file in [*fields.records(message.get("files")), *fields.records(message.get("attachments"))]:
        lost["pictures" if fields.text(file.get("type")).startswith("image/") else "files"] += 1
    text, thoughts = _written(message, lost)
    left.update(lost)
    return making.said(
        lost,
        key=_key(message),
        role="user" if is_question else "assistant",
        text=text,
        reasoning=thoughts,
        state="failed"
        if message.get("error") is True
        else "stopped"
        if message.get("unfinished") is True
        else "complete",
        model="" if is_question else fields.line(message.get("model"), 420) or model,
        at=fields.moment(message.get("createdAt")),
    )


def _written(message: Record, lost: Counter[str]) -> tuple[str, str]:
    texts: list[str] = []
    thoughts: list[str] = []
    for part in fields.records(message.get("content")):
        match part.get("type"):
            case "text" | "error" as kind:
                given = part.get("text") or part.get(kind)
                texts.append(fields.text(given) or fields.text(fields.record(given).get("value")))
            case "think":
                given = part.get("think")
                thoughts.append(fields.text(given) or fields.text(fields.record(given).get("value")))
            case "tool_call":
                lost["tools"] += 1
            case "image_file" | "image_url":
                lost["pictures"] += 1
    text, more = fields.apart("\n\n".join(filter(None, texts)) or fields.text(message.get("text")))
    return text.strip(), "\n\n".join(filter(None, [*thoughts, more])).strip()
