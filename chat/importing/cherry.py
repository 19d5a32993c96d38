"""Cherry Studio: `data.json` of a backup, alone or in its ZIP: `{localStorage, indexedDB: {topics, message_blocks}}`.

A message is a list of blocks (text, thoughts, pictures, calls of tools); answers of several models to one question name
it (`askId`). The names of topics stand in the text of `localStorage`. Backups that are a copy of the program's own
database (`IndexedDB/…`) can be read by nobody else.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import orjson

from chat.importing import fields, making
from chat.importing.fields import Record
from chat.importing.shapes import MOST_SOURCES, Chat, Cited, Said, Unreadable
from chat.importing.trees import Node


class CherryStudio:
    name, label = "cherry-studio", "Cherry Studio"

    def recognises(self, thing: Record) -> bool:
        return isinstance(fields.record(thing.get("indexedDB")).get("topics"), list)

    def chats(self, thing: Record) -> Iterator[Chat | Unreadable]:
        tables = fields.record(thing.get("indexedDB"))
        names = _topic_names(fields.record(thing.get("localStorage")))
        blocks = {fields.key(block.get("id")): block for block in fields.records(tables.get("message_blocks"))}
        for topic in fields.records(tables.get("topics")):
            key, left = fields.key(topic.get("id")), Counter[str]()
            about = names.get(key, {})
            try:
                messages = [
                    (message, _said(message, blocks, left)) for message in fields.records(topic.get("messages"))
                ]
                nodes, shown = _tree(messages)
                yield making.chat(
                    nodes,
                    left,
                    shown=shown,
                    product=self.name,
                    key=key,
                    title=fields.line(about.get("name") or topic.get("name"), 200),
                    began=fields.moment(about.get("createdAt")),
                    ended=fields.moment(about.get("updatedAt")),
                    pinned=about.get("pinned") is True,
                )
            except Unreadable as reason:
                yield reason


def _topic_names(storage: Record) -> dict[str, Record]:
    """What is known of each topic: it lies in JSON, as a text in JSON, as a text in JSON."""
    try:
        state = orjson.loads(fields.text(storage.get("persist:cherry-studio")) or "{}")
        assistants = orjson.loads(fields.text(fields.record(state).get("assistants")) or "{}")
    except orjson.JSONDecodeError:
        return {}
    listed = fields.record(assistants)
    all_of_them = [*fields.records(listed.get("assistants")), fields.record(listed.get("defaultAssistant"))]
    topics = [topic for one in all_of_them for topic in fields.records(one.get("topics"))]
    return {fields.key(topic.get("id")): topic for topic in topics}


def _tree(messages: Sequence[tuple[Record, Said | None]]) -> tuple[list[Node], str]:
    """Messages follow each other, but answers to the same question stand beside each other under it.

    What follows several answers stands under the one that was kept in sight, or else the first of them.
    """
    nodes: list[Node] = []
    answers: defaultdict[str, list[str]] = defaultdict(list)
    questions: set[str] = set()
    last = ""
    for message, said in messages:
        if said is None:
            continue
        asked = fields.key(message.get("askId"))
        if said.role == "assistant" and asked in questions:
            nodes.append(Node(said.key, asked, said))
            answers[asked].append(said.key)
            chosen = message.get("foldSelected") is True or message.get("useful") is True
            last = said.key if chosen or len(answers[asked]) == 1 else last
        else:
            nodes.append(Node(said.key, last or None, said))
            last = said.key
        if said.role == "user":
            questions.add(said.key)
    return nodes, last


def _said(message: Record, blocks: Record, left: Counter[str]) -> Said | None:
    role = message.get("role")
    if role not in ("user", "assistant"):
        left["system"] += 1
        return None
    lost = Counter[str]()
    own = [fields.record(blocks.get(fields.key(one))) for one in fields.entries(message.get("blocks"))]
    text, thoughts, sources = _written(own, lost)
    if not own:  # before version 1.4 a message was not made of blocks
        text, more = fields.apart(fields.text(message.get("content")))
        thoughts = fields.text(message.get("reasoning_content")) or more
        lost["pictures"] += len(fields.entries(message.get("images")))
        lost["files"] += len(fields.records(message.get("files")))
    left.update(+lost)
    model = fields.record(message.get("model"))
    return making.said(
        +lost,
        key=fields.key(message.get("id")),
        role=role,
        text=text.strip(),
        reasoning=thoughts.strip(),
        state={"error": "failed", "paused": "stopped"}.get(fields.text(message.get("status")), "complete"),
        model=fields.line(model.get("id") or message.get("modelId"), 420) if role == "assistant" else "",
        at=fields.moment(message.get("createdAt")),
        sources=sources,
    )


def _written(blocks: Sequence[Record], lost: Counter[str]) -> tuple[str, str, list[Cited]]:
    texts: list[str] = []
    thoughts: list[str] = []
    pages: list[Record] = []
    for block in blocks:
        content = fields.text(block.get("content"))
        match block.get("type"):
            case "main_text" | "translation" | "compact":
                texts.append(content)
            case "code":
                texts.append(f"```{fields.line(block.get('language'), 20)}\n{content}\n```")
            case "thinking":
                thoughts.append(content)
            case "image":
                lost["pictures"] += 1
            case "file" | "video":
                lost["files"] += 1
            case "tool":
                lost["tools"] += 1
            case "citation":
                pages += _pages(block)
    text = "\n\n".join(filter(None, texts))
    found = [
        making.cited(
            n=n,
            title=fields.line(page.get("title") or page.get("sourceUrl") or page.get("url"), 500),
            url=fields.web_address(page.get("url") or page.get("sourceUrl") or page.get("link")),
            text=fields.text(page.get("content"))[:20_000],
            cited=fields.is_cited(n, text),
        )
        for n, page in enumerate(pages[:MOST_SOURCES], 1)
    ]
    return text, "\n\n".join(filter(None, thoughts)), [source for source in found if source]


def _pages(block: Record) -> list[Record]:
    """What a search of the web found, in the shapes of several engines, and passages of its own libraries."""
    results = fields.record(block.get("response")).get("results")
    found = fields.records(results) or fields.records(fields.record(results).get("results"))
    return found + fields.records(block.get("knowledge"))
