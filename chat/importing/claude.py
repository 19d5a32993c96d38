"""Claude: `conversations.json` of the data export: a list of `{uuid, name, chat_messages}`.

Newer exports name the message above (`parent_message_uuid`); in older ones messages simply follow each other.
"""

from collections import Counter
from collections.abc import Iterator

from chat.importing import fields, making
from chat.importing.fields import Record
from chat.importing.shapes import MOST_SOURCES, Chat, Cited, Said, Unreadable
from chat.importing.trees import Node, chain

_ROLES = {"human": "user", "user": "user", "assistant": "assistant"}


class Claude:
    name, label = "claude", "Claude"

    def recognises(self, thing: Record) -> bool:
        return isinstance(thing.get("chat_messages"), list)

    def chats(self, thing: Record) -> Iterator[Chat | Unreadable]:
        left = Counter[str]()
        messages = fields.records(thing.get("chat_messages"))
        model = fields.line(thing.get("model"), 420)
        found = [_said(message, place, model, left) for place, message in enumerate(messages)]
        if any(fields.key(message.get("parent_message_uuid")) for message in messages):
            nodes = [
                Node(_key(message, place), fields.key(message.get("parent_message_uuid")) or None, said)
                for place, (message, said) in enumerate(zip(messages, found, strict=True))
            ]
        else:
            nodes = chain([said for said in found if said])
        yield making.chat(
            nodes,
            left,
            shown=fields.key(thing.get("current_leaf_message_uuid")),
            product=self.name,
            key=fields.key(thing.get("uuid")) or (_key(messages[0], 0) if messages else ""),
            title=fields.line(thing.get("name"), 200),
            began=fields.moment(thing.get("created_at")),
            ended=fields.moment(thing.get("updated_at")),
            pinned=thing.get("is_starred") is True,
        )


def _key(message: Record, place: int) -> str:
    return fields.key(message.get("uuid")) or f"at {place}"


def _said(message: Record, place: int, model: str, left: Counter[str]) -> Said | None:
    role = _ROLES.get(fields.text(message.get("sender")))
    if role is None:
        left["system"] += 1
        return None
    lost = Counter[str](files=len(fields.records(message.get("attachments"))))
    for file in fields.records(message.get("files")):
        lost["pictures" if file.get("file_kind") == "image" else "files"] += 1
    text, thoughts, sources = _written(message, lost)
    left.update(+lost)
    return making.said(
        +lost,
        key=_key(message, place),
        role=role,
        text=text,
        reasoning=thoughts,
        model=model if role == "assistant" else "",
        at=fields.moment(message.get("created_at")),
        sources=sources,
    )


def _written(message: Record, lost: Counter[str]) -> tuple[str, str, list[Cited]]:
    texts: list[str] = []
    thoughts: list[str] = []
    sources: list[Cited] = []
    numbers: dict[str, int] = {}
    for block in fields.records(message.get("content")):
        match block.get("type"):
            case "text":
                texts.append(_marked(block, numbers, sources))
            case "thinking":
                thoughts.append(fields.text(block.get("thinking")).strip())
            case "tool_use":
                lost["tools"] += 1
            case "image":
                lost["pictures"] += 1
    text = "\n\n".join(one.strip() for one in texts if one.strip()) or fields.text(message.get("text")).strip()
    return text, "\n\n".join(filter(None, thoughts)), sources


def _marked(block: Record, numbers: dict[str, int], sources: list[Cited]) -> str:
    """The text of a block with [n] behind each part that rests on a page."""
    text = fields.text(block.get("text"))
    marks: list[tuple[int, int]] = []
    for citation in fields.records(block.get("citations"))[:1000]:
        details = fields.record(citation.get("details"))
        url = fields.web_address(details.get("url") or citation.get("url"))
        end = fields.page(citation.get("end_index"))
        if not url or end is None or end > len(text):
            continue
        if url not in numbers and len(numbers) < MOST_SOURCES:
            title = fields.line(citation.get("title") or details.get("title"), 500) or url[:500]
            source = making.cited(n=len(numbers) + 1, title=title, url=url, cited=True)
            if source:
                numbers[url] = source.n
                sources.append(source)
        if url in numbers:
            marks.append((end, numbers[url]))
    made, at = [], 0
    for end, n in sorted(set(marks)):
        made.append(text[at:end] + f" [{n}]" if end > at else f"[{n}]")
        at = max(at, end)
    return "".join(made) + text[at:]
