"""Chatbox: its exported data is one object with a `session:…` for each conversation (older ones: a list of them).

A session has its messages, the earlier threads of the same conversation, and for some messages other continuations
(`messageForksHash`), of which the one that is shown stands among the messages themselves.
"""

from collections import Counter
from collections.abc import Iterator

from chat.importing import fields, making
from chat.importing.fields import Record
from chat.importing.shapes import Chat, Said, Unreadable
from chat.importing.trees import Node, chain


class Chatbox:
    name, label = "chatbox", "Chatbox"

    def recognises(self, thing: Record) -> bool:
        listed = isinstance(thing.get("chat-sessions-list"), list) or isinstance(thing.get("chat-sessions"), list)
        return listed or any(name.startswith("session:") for name in thing if isinstance(name, str))

    def chats(self, thing: Record) -> Iterator[Chat | Unreadable]:
        for session in _sessions(thing):
            try:
                yield self._chat(session, fields.records(session.get("messages")), "")
                for thread in fields.records(session.get("threads")):
                    yield self._chat(session, fields.records(thread.get("messages")), fields.key(thread.get("id")))
            except Unreadable as reason:
                yield reason

    def _chat(self, session: Record, messages: list[Record], thread: str) -> Chat:
        left = Counter[str]()
        nodes = chain([one for message in messages if (one := _said(message, left))])
        shown = nodes[-1].key if nodes else ""
        forks = fields.record(session.get("messageForksHash"))
        here = {node.key for node in nodes}
        # Threads share the forks of their session: those of a message belong where that message stands.
        waiting = [key for key in forks if key in here]
        while waiting:
            key = waiting.pop()
            for branch in fields.records(fields.record(forks[key]).get("lists")):
                more = chain(
                    [one for message in fields.records(branch.get("messages")) if (one := _said(message, left))], key
                )
                fresh: list[Node] = [node for node in more if node.key not in here]
                nodes += fresh
                here |= {node.key for node in fresh}
                waiting += [node.key for node in fresh if node.key in forks]
        name = fields.line(session.get("name"), 200)
        return making.chat(
            nodes,
            left,
            shown=shown,
            product=self.name,
            key=f"{fields.key(session.get('id'))[:90]}{':' if thread else ''}{thread[:90]}",
            title=name,
            pinned=session.get("starred") is True,
        )


def _sessions(thing: Record) -> Iterator[Record]:
    seen: set[str] = set()
    for name, session in thing.items():
        if isinstance(name, str) and name.startswith("session:") and isinstance(session, dict):
            seen.add(fields.key(session.get("id")))
            yield session
    for name in ("chat-sessions-list", "chat-sessions"):
        for session in fields.records(thing.get(name)):
            if isinstance(session.get("messages"), list) and fields.key(session.get("id")) not in seen:
                yield session


def _said(message: Record, left: Counter[str]) -> Said | None:
    role = message.get("role")
    if role not in ("user", "assistant"):
        left["tools" if role == "tool" else "system"] += 1
        return None
    lost = Counter[str](
        files=len(fields.records(message.get("files"))) + len(fields.records(message.get("links"))),
        pictures=len(fields.records(message.get("pictures"))),
    )
    texts: list[str] = []
    thoughts = [fields.text(message.get("reasoningContent"))]
    for part in fields.records(message.get("contentParts")):
        match part.get("type"):
            case "text":
                texts.append(fields.text(part.get("text")))
            case "reasoning":
                thoughts.append(fields.text(part.get("text")))
            case "image":
                lost["pictures"] += 1
            case "tool-call" | "app":
                lost["tools"] += 1
    left.update(+lost)
    text, more = fields.apart("\n\n".join(filter(None, texts)) or fields.text(message.get("content")))
    return making.said(
        +lost,
        key=fields.key(message.get("id")),
        role=role,
        text=text.strip(),
        reasoning="\n\n".join(filter(None, [*thoughts, more])).strip(),
        state="failed" if fields.text(message.get("error")) else "complete",
        model=fields.line(message.get("model"), 420) if role == "assistant" else "",
        at=fields.moment(message.get("timestamp")),
    )
