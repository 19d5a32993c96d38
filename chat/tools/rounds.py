"""An answer in rounds: the model speaks or wants tools, gets their results, and speaks again. At most `MOST_ROUNDS`."""

import json
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from chat.events import AnswerFinished, StageReached, TextAdded, ToolCallsAdded, TurnEvent
from chat.prompt import text_of
from chat.tokens import estimate_tokens
from chat.tools.calls import STAGE, Call
from chat.tools.results import LONGEST
from chat.tools.spoken import Listener, Spoken, first_in
from chat.tools.toolbox import Wanted
from providers.base import ChatMessage, ChatRequest

if TYPE_CHECKING:
    from chat.ledger import Ledger
    from chat.prompt import Prompt
    from chat.tools.toolbox import Toolbox
    from chat.turn import Question

MOST_ROUNDS = 8
MOST_AT_ONCE = 8  # calls of one round
ROOM = 4000  # tokens for results, where nobody knows the window
_WORDS = "Answer the question in words, with what the tools returned."
LETTERS = 3  # characters that are believed to be a token of a result

Ask = Callable[[ChatRequest, int], AsyncGenerator[TurnEvent, None]]


async def with_tools(
    question: "Question", prompt: "Prompt", ledger: "Ledger", request: ChatRequest, *, said: int, ask: Ask
) -> AsyncGenerator[TurnEvent, None]:
    """The answer to a question that may use tools; without, and with a word why, where its model calls none."""
    box = question.tools
    assert box is not None  # noqa: S101  who calls this has looked
    if box.why_off:
        yield StageReached(stage=STAGE, detail=Call(n=0, name="", state="off", why=box.why_off).written())
    if box.offered:
        ledger.with_tools = True
        box.tag, box.tainted = secrets.token_hex(3), bool(prompt.passages or prompt.unsent)
        box.said = "\n".join(text_of(message) for message in question.messages if message.role == "user")
        room = None if ledger.window is None else ledger.window - prompt.estimate - box.size - prompt.reply
        if question.begun:
            request, room = _with_results(request, box, room)
        events = in_rounds(ask, request, box, said=said, room=room)
    else:
        events = ask(request, said)
    async with aclosing(events):
        async for event in events:
            yield event


def _with_results(request: ChatRequest, box: "Toolbox", room: int | None) -> tuple[ChatRequest, int | None]:
    """The request to continue an answer, with what tools gave before it was cut, and the room that is left then."""
    calls, left = box.before, ROOM if room is None else max(room, 0)
    if not calls:
        return request, room
    box.tainted = True
    wanted = [Wanted(id=f"before_{call.n}", name=call.name, arguments=json.dumps(call.arguments)) for call in calls]
    results = []
    for call, one in zip(calls, wanted, strict=True):
        told = box.told(call, min(LONGEST, left * LETTERS // 2))
        left -= estimate_tokens(told)
        results.append(_result(told, one))
    *above, begun, go_on = request.messages
    return replace(request, messages=[*above, _wish("", wanted), *results, begun, go_on]), left


async def in_rounds(
    ask: Ask, request: ChatRequest, box: "Toolbox", *, said: int, room: int | None
) -> AsyncGenerator[TurnEvent, None]:
    """The events of all rounds as those of one answer. `ask` puts a request, given how much text there is already;
    `room` is what is left of the window for results, in tokens."""
    usage: dict[str, int] = {}
    left = ROOM if room is None else max(room, 0)
    repeats, plain, given = False, request, list[str]()
    for number in range(MOST_ROUNDS + 1):
        # A model that only asks for what it has is given no tools in the next round: so it uses its words.
        offered = number < MOST_ROUNDS and not repeats
        put = (
            replace(request, params={**request.params, "tools": box.schemas()}) if offered else _in_words(plain, given)
        )
        heard = _Heard(box)
        async with aclosing(heard.hear(ask(put, said))) as events:
            async for event in events:
                said += len(event.text) if isinstance(event, TextAdded) else 0
                yield event
        usage = {**usage, **{name: usage.get(name, 0) + count for name, count in heard.end.usage.items()}}
        if heard.wanted and not offered:
            yield TextAdded(text=_one_too_many(repeats))
        if not heard.wanted or not offered:
            yield AnswerFinished(finish_reason=heard.end.finish_reason, usage=usage)
            return
        messages = [*request.messages, _wish(heard.said, heard.wanted)]
        repeats = True
        for one in heard.wanted:
            async for call in box.use(one, said):
                yield StageReached(stage=STAGE, detail=call.written())
            repeats = repeats and call.state == "again"
            told = box.told(call, min(LONGEST, left * LETTERS // 2))
            left -= estimate_tokens(told)
            given += [told] if call.state != "again" else []
            messages.append(_result(told, one))
        request = replace(request, messages=messages, continues=False)
        yield StageReached(stage="waiting")


def _in_words(request: ChatRequest, given: Sequence[str]) -> ChatRequest:
    """The request without a trace of tools, and what they gave behind the question: the last word to a small model."""
    *above, newest = request.messages
    behind = "\n\n".join(["", *given, _WORDS])
    if isinstance(newest.content, str):
        content: Any = newest.content + behind
    else:
        content = [*newest.content, {"type": "text", "text": behind}]
    return replace(request, messages=[*above, replace(newest, content=content)], continues=False)


def _one_too_many(repeats: bool) -> str:
    if repeats:
        return _("*It asked for the same once more instead of answering. What it was given stands above.*")
    return _("*It wanted more rounds of tools than one answer may have.*")


class _Heard:
    """What one round said: its text, how it ended, and the calls it wants, natively or printed."""

    def __init__(self, box: "Toolbox") -> None:
        self.said = ""
        self._box = box
        self.end = AnswerFinished(finish_reason="stop")
        self.wanted: list[Wanted] = []
        self._listener = Listener(box.offered)
        self._native: dict[int, dict[str, str]] = {}

    async def hear(self, events: AsyncGenerator[TurnEvent, None]) -> AsyncGenerator[TurnEvent, None]:
        """The events but for calls and the end, which are kept here."""
        async with aclosing(events):
            async for event in events:
                match event:
                    case AnswerFinished():
                        self.end = event
                    case TextAdded(text=text):
                        if free := self._listener.text(text):
                            yield self._text(free)
                    case ToolCallsAdded(calls=calls):
                        self._add(calls)
                    case _:
                        yield event
        rest, spoken = self._listener.end()
        if (call := first_in(rest, self._box.offered)) and self._box.knows(call.name, call.arguments):
            rest, spoken = "", [call]  # a small model goes on to act the answer of the tool
        if rest:
            yield self._text(rest)
        self.wanted = self._all(spoken)

    def _text(self, text: str) -> TextAdded:
        self.said += text
        return TextAdded(text=text)

    def _add(self, calls: Sequence[Mapping[str, Any]]) -> None:
        for entry in calls:
            call = self._native.setdefault(int(entry.get("index") or 0), {"id": "", "name": "", "arguments": ""})
            function: Mapping[str, Any] = entry.get("function") or {}
            call["id"] = str(entry.get("id") or call["id"])
            call["name"] = call["name"] or str(function.get("name") or "")
            call["arguments"] += str(function.get("arguments") or "")

    def _all(self, spoken: Sequence[Spoken]) -> list[Wanted]:
        calls = [(call["id"], call["name"], call["arguments"]) for _index, call in sorted(self._native.items())]
        calls += [("", one.name, one.arguments) for one in spoken]
        return [
            Wanted(id=given or f"call_{number}", name=name, arguments=arguments)
            for number, (given, name, arguments) in enumerate(calls[:MOST_AT_ONCE], 1)
        ]


def _result(told: str, wanted: Wanted) -> ChatMessage:
    return ChatMessage(role="tool", content=told, extra={"tool_call_id": wanted.id, "name": wanted.name})


def _wish(said: str, wanted: list[Wanted]) -> ChatMessage:
    calls = [
        {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": one.arguments or "{}"}}
        for one in wanted
    ]
    return ChatMessage(role="assistant", content=said, extra={"tool_calls": calls})
