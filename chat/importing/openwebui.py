"""open-webui: the export of one chat or of all is a list of `{id, title, chat: {history: {messages, currentId}}}`.

Thoughts and calls of tools stand in the text of an answer, in `<details type=…>`.
"""

import html
from collections import Counter
from collections.abc import Iterator

from chat.importing import fields, making
from chat.importing.fields import Record
from chat.importing.shapes import MOST_SOURCES, Chat, Cited, Said, Unreadable
from chat.importing.trees import Node

_OPENING, _CLOSING = '<details type="', "</details>"


class OpenWebui:
    name, label = "open-webui", "open-webui"

    def recognises(self, thing: Record) -> bool:
        return isinstance(fields.record(_inner(thing).get("history")).get("messages"), dict)

    def chats(self, thing: Record) -> Iterator[Chat | Unreadable]:
        inner, left = _inner(thing), Counter[str]()
        history = fields.record(inner.get("history"))
        messages = fields.record(history.get("messages"))
        nodes = [_node(key, fields.record(message), left) for key, message in messages.items()]
        tags = fields.entries(fields.record(thing.get("meta")).get("tags"))
        yield making.chat(
            nodes,
            left,
            shown=fields.key(history.get("currentId")),
            product=self.name,
            key=fields.key(thing.get("id")) or fields.key(inner.get("id")) or next(iter(messages), "")[:200],
            title=fields.line(thing.get("title") or inner.get("title"), 200),
            began=fields.moment(thing.get("created_at")) or fields.moment(inner.get("timestamp")),
            ended=fields.moment(thing.get("updated_at")),
            pinned=thing.get("pinned") is True,
            archived=thing.get("archived") is True,
            tags=[tag for one in tags if (tag := fields.line(one, 40).replace("#", ""))],
        )


def _inner(thing: Record) -> Record:
    return fields.record(thing.get("chat")) or thing


def _node(key: str, message: Record, left: Counter[str]) -> Node:
    key = fields.key(key)
    role = message.get("role")
    if role not in ("user", "assistant"):
        left["system"] += 1
        return Node(key, fields.key(message.get("parentId")) or None)
    lost = Counter(
        "pictures" if file.get("type") == "image" else "files" for file in fields.records(message.get("files"))
    )
    text, thoughts = _apart(_written(message.get("content")), lost)
    left.update(lost)
    return Node(key, fields.key(message.get("parentId")) or None, _said(key, role, message, lost, (text, thoughts)))


def _said(key: str, role: str, message: Record, lost: Counter[str], written: tuple[str, str]) -> Said | None:
    text, thoughts = written
    return making.said(
        lost,
        key=key,
        role=role,
        text=text,
        reasoning=thoughts,
        state="failed" if message.get("error") else "interrupted" if message.get("done") is False else "complete",
        model=fields.line(message.get("model"), 420) if role == "assistant" else "",
        at=fields.moment(message.get("timestamp")),
        sources=_sources(message, text),
    )


def _written(content: object) -> str:
    parts = [fields.text(part.get("text")) for part in fields.records(content)]
    return fields.text(content) or "\n\n".join(filter(None, parts))


def _apart(text: str, lost: Counter[str]) -> tuple[str, str]:
    """The text without what was folded away in it, and the thoughts."""
    shown: list[str] = []
    thoughts: list[str] = []
    at = 0
    while (start := text.find(_OPENING, at)) >= 0:
        kind = text[start + len(_OPENING) : start + len(_OPENING) + 20].partition('"')[0]
        head, end = text.find(">", start), text.find(_CLOSING, start)
        if head < 0 or end < head:
            break
        shown.append(text[at:start])
        if kind == "reasoning":
            thoughts.append(_unfolded(text[head + 1 : end]))
        else:
            lost["tools"] += 1
        at = end + len(_CLOSING)
    shown.append(text[at:])
    plain, more = fields.apart("".join(shown).strip())
    return plain, "\n\n".join(filter(None, [*thoughts, more]))


def _unfolded(body: str) -> str:
    body = html.unescape(body.partition("</summary>")[2] or body).strip()
    return "\n".join(line[2:] if line.startswith("> ") else line.removeprefix(">") for line in body.split("\n"))


def _sources(message: Record, text: str) -> list[Cited]:
    """Numbered as there: by what each passage came from, in the order of its first passage."""
    titles: dict[str, tuple[str, str | None]] = {}
    passages: dict[str, list[str]] = {}
    pages: dict[str, int | None] = {}
    for source in fields.records(message.get("sources") or message.get("citations")):
        about = fields.record(source.get("source"))
        told = fields.entries(source.get("metadata"))
        for place, passage in enumerate(fields.entries(source.get("document"))):
            of_it = fields.record(told[place]) if place < len(told) else {}
            origin = fields.text(of_it.get("source")) or fields.text(about.get("id")) or "?"
            title = fields.line(of_it.get("name") or about.get("name") or origin, 255)
            titles.setdefault(origin, (title, fields.web_address(about.get("url") or origin)))
            passages.setdefault(origin, []).append(fields.text(passage))
            pages.setdefault(origin, fields.page(of_it.get("page")))
    found = [
        making.cited(
            n=n,
            title=titles[origin][0],
            url=titles[origin][1],
            document_name=None if titles[origin][1] else titles[origin][0],
            page=pages[origin],
            text="\n\n".join(passages[origin])[:20_000],
            cited=fields.is_cited(n, text),
        )
        for n, origin in enumerate(list(titles)[:MOST_SOURCES], 1)
    ]
    return [source for source in found if source]
