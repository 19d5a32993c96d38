"""ChatGPT: `conversations.json` (or several, numbered) of the data export: `{mapping: {id: {message, parent}}}`.

One answer is a row of messages there: thoughts, calls of tools, pieces of text. Citations are marks in the text
between characters of Unicode's private area; `content_references` say what they lead to.
"""

import re
from collections import Counter
from collections.abc import Iterator

from chat.importing import fields, making
from chat.importing.fields import Record
from chat.importing.shapes import MOST_SOURCES, Chat, Cited, Unreadable
from chat.importing.trees import Node

_MARK = re.compile("\ue200[^\ue200\ue201]*\ue201")
_OLD_MARK = re.compile("\u3010[^\u3010\u3011]{1,40}\u2020[^\u3010\u3011]{0,80}\u3011")
_FILES = {"image_asset_pointer": "pictures", "audio_asset_pointer": "files", "video_container_asset_pointer": "files"}


class ChatGpt:
    name, label = "chatgpt", "ChatGPT"

    def recognises(self, thing: Record) -> bool:
        mapping = thing.get("mapping")
        return isinstance(mapping, dict) and all(
            isinstance(node, dict) and "parent" in node for node in mapping.values()
        )

    def chats(self, thing: Record) -> Iterator[Chat | Unreadable]:
        left = Counter[str]()
        mapping = fields.record(thing.get("mapping"))
        yield making.chat(
            [_node(fields.key(key), node, left) for key, node in mapping.items()],
            left,
            shown=fields.key(thing.get("current_node")),
            product=self.name,
            key=fields.key(thing.get("conversation_id") or thing.get("id")) or next(iter(mapping), "")[:200],
            title=fields.line(thing.get("title"), 200),
            began=fields.moment(thing.get("create_time")),
            ended=fields.moment(thing.get("update_time")),
            pinned=thing.get("is_starred") is True,
            archived=thing.get("is_archived") is True,
        )


def _node(key: str, node: Record, left: Counter[str]) -> Node:
    message = fields.record(node.get("message"))
    parent = fields.key(node.get("parent")) or None
    role = fields.record(message.get("author")).get("role")
    about = fields.record(message.get("metadata"))
    content = fields.record(message.get("content"))
    is_call = role == "tool" or fields.text(message.get("recipient")) not in ("", "all")
    if is_call or role not in ("user", "assistant") or about.get("is_visually_hidden_from_conversation"):
        if is_call or _text(content):
            left["tools" if is_call else "system"] += 1
        return Node(key, parent)
    lost = Counter(_FILES.get(str(part.get("content_type")), "files") for part in _objects(content))
    if role == "user":
        lost["files"] += len(fields.records(about.get("attachments")))
        lost["files"] -= min(lost["files"], lost["pictures"])
    left.update(lost)
    text, sources = _with_sources(_text(content), about)
    return Node(
        key,
        parent,
        making.said(
            +lost,
            key=key,
            role=role,
            text=text,
            reasoning=_thoughts(content),
            state="interrupted" if message.get("status") == "in_progress" else "complete",
            model=fields.line(about.get("model_slug"), 420) if role == "assistant" else "",
            at=fields.moment(message.get("create_time")),
            sources=sources,
        ),
    )


def _text(content: Record) -> str:
    match content.get("content_type"):
        case "text" | "multimodal_text":
            parts = [fields.text(part) or _heard(part) for part in fields.entries(content.get("parts"))]
            return "\n\n".join(part.strip() for part in parts if part.strip())
        case "code":
            language = fields.line(content.get("language"), 20)
            return f"```{'' if language == 'unknown' else language}\n{fields.text(content.get('text'))}\n```"
    return ""


def _heard(part: object) -> str:
    """What was said aloud, as it was written down."""
    spoken = fields.record(part)
    return fields.text(spoken.get("text")) if spoken.get("content_type") == "audio_transcription" else ""


def _objects(content: Record) -> list[Record]:
    return [
        part
        for part in fields.records(content.get("parts"))
        if part.get("content_type") not in ("audio_transcription",)
    ]


def _thoughts(content: Record) -> str:
    if content.get("content_type") != "thoughts":
        return ""
    thoughts = fields.records(content.get("thoughts"))
    pieces = [(fields.text(one.get("summary")), fields.text(one.get("content"))) for one in thoughts]
    return "\n\n".join(f"**{head}**\n\n{body}".strip() if head else body for head, body in pieces if head or body)


def _with_sources(text: str, about: Record) -> tuple[str, list[Cited]]:
    """The text with [n] in place of its marks, and what they lead to."""
    numbers: dict[str, int] = {}
    found: list[Cited] = []
    for reference in fields.records(about.get("content_references"))[:2000]:
        mark = fields.text(reference.get("matched_text"))
        places = [*fields.records(reference.get("items")), reference]
        told = ""
        for place in places:
            if not (url := fields.web_address(place.get("url"))):
                continue
            if url not in numbers and len(numbers) < MOST_SOURCES:
                title, passage = fields.line(place.get("title"), 500), fields.text(place.get("snippet"))[:20_000]
                source = making.cited(n=len(numbers) + 1, title=title or url[:500], url=url, text=passage, cited=True)
                if source:
                    numbers[url] = source.n
                    found.append(source)
            told += f"[{numbers[url]}]" if url in numbers and f"[{numbers[url]}]" not in told else ""
        if mark.strip() and not mark.isalnum() and told:
            text = text.replace(mark, f" {told}" if not mark.startswith(" ") else told, 1)
    return _OLD_MARK.sub("", _MARK.sub("", text)).rstrip(), found
