"""The replies of a question before anything is written in them, and the mark of those that were asked for together."""

import secrets
from collections.abc import Sequence

from chat import heartbeat
from chat.models import Message
from chat.origin import GROUP, KEPT, SOURCES, TOOLS
from chat.several import Judged, Refused
from knowledge.models import Library


def empty_replies(
    question: Message,
    judged: Judged,
    libraries: Sequence[Library],
    web_search: bool,
    params: dict[str, object],
) -> list[Message]:
    """First those that are to be written, then those that were refused."""
    named = [str(library.pk) for library in libraries]
    replies = []
    for choice in judged.choices:
        asked_of = {"libraries": named, "web_search": choice.web_search(web_search), "params": choice.params(params)}
        reply = Message(conversation=question.conversation, parent=question, params=asked_of, **running_now())
        reply.role, reply.model_name = Message.Role.ASSISTANT, choice.public_id
        choice.write_into(reply)
        replies.append(reply)
    for one in judged.refused:
        asked_of = {"libraries": named, "web_search": web_search, "params": params}
        replies.append(_refused_reply(question, one, asked_of))
    _mark(replies)
    return replies


def running_now() -> dict[str, object]:
    begun = {"state": Message.State.RUNNING, "writer": heartbeat.ME, "stop_requested": False}
    return begun | {"error_code": "", "error_detail": "", "retryable": False, "finish_reason": ""}


def join(replies: Sequence[Message], message: Message) -> None:
    """One that is asked for again in the place of `message` stands with the others there, until the chat goes on."""
    group = None if message.params.get(KEPT) else message.params.get(GROUP)
    for reply in replies if group and not message.children.exists() else ():
        reply.params = {**reply.params, GROUP: group}


def note_sources(replies: Sequence[Message], beside: Message) -> None:
    """Note which of libraries and the web they look into unlike the answer beside them."""
    before = _looks_into(beside)
    for reply in replies if beside.role == Message.Role.ASSISTANT else ():
        other = {name: looks for name, looks in _looks_into(reply).items() if looks != before[name]}
        if other:
            reply.params = {**reply.params, SOURCES: other}


def note_tools(replies: Sequence[Message], tools: Sequence[int]) -> None:
    """Note which tools they may use, where any were chosen; whether they may is looked at when they are written."""
    for reply in replies if tools else ():
        reply.params = {**reply.params, TOOLS: list(tools)}


def _looks_into(reply: Message) -> dict[str, bool]:
    return {"libraries": bool(reply.params.get("libraries")), "web": bool(reply.params.get("web_search"))}


def _refused_reply(question: Message, refused: Refused, params: dict[str, object]) -> Message:
    """What stands in the place of an answer that was not asked for."""
    reply = Message(conversation=question.conversation, parent=question, params=params)
    reply.role, reply.model_name, reply.seq = Message.Role.ASSISTANT, refused.public_id, 1
    reply.state, reply.error_code, reply.error_detail = Message.State.FAILED, refused.code, refused.detail
    return reply


def _mark(replies: Sequence[Message]) -> None:
    """Note that they were asked for together; one alone is not marked."""
    if len(replies) > 1:
        group = secrets.token_hex(4)
        for reply in replies:
            reply.params = {**reply.params, GROUP: group}
