"""Calls that a model prints as text, told apart from an answer that merely shows JSON. Pure.

A call is one only when nothing else is the answer: the whole text, or all from a mark that models make for nothing else
(`<tool_call>`, `[TOOL_CALLS]`), has to be a call of a tool that was offered, with an object as its arguments.
"""

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

_MARKS = ("<tool_call>", "[TOOL_CALLS]", "<|python_tag|>", "<function_call>", "<|tool_call|>", "<functioncall>")
_STARTS = ("{", "[", "`")  # an answer that begins so may be a call in a dress
_FENCE = re.compile(r"^```[\w-]*\s*\n(.*?)\n?```$", re.DOTALL)
_TAGGED = re.compile(
    r"<(tool_call|function_call|functioncall)>\s*(.*?)\s*(?:</\1>|(?=<\1>)|$)", re.DOTALL
)  # the closing tag is often forgotten
_LONGEST = 20_000  # characters that are held back; what is longer is no call


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    name: str
    arguments: str


class Listener:
    """Fed with the text of one answer as it comes; gives what may be shown, and in the end the calls it was."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._held = ""
        self._begun = False  # something was shown: from now on only marks count
        self._open = not names  # nothing is held back any more

    def text(self, piece: str) -> str:
        """What of it may be shown now."""
        if self._open:
            return piece
        self._held += piece
        if len(self._held) > _LONGEST:
            self._open = True
            return self._let_go(len(self._held))
        if not self._begun and (start := self._held.lstrip()):
            if start.startswith(_STARTS):
                return ""
            self._begun = True
        return self._let_go(_before_mark(self._held)) if self._begun else ""

    def end(self) -> tuple[str, list[Spoken]]:
        """What was held back and is text, and the calls that it was instead."""
        held, self._held = self._held, ""
        calls = [] if self._open else calls_in(held, self._names)
        return ("", calls) if calls else (held, [])

    def _let_go(self, count: int) -> str:
        free, self._held = self._held[:count], self._held[count:]
        return free


def calls_in(text: str, names: Collection[str]) -> list[Spoken]:
    """The calls that this text is, all of it; none when any of it is something else."""
    text = text.strip()
    if any(mark in text for mark in ("<tool_call>", "<function_call>", "<functioncall>")):
        bodies = [body for _tag, body in _TAGGED.findall(text)]
        rest = _TAGGED.sub("", text).strip()
        return _all(bodies, names) if bodies and not rest else []
    for mark in ("[TOOL_CALLS]", "<|python_tag|>", "<|tool_call|>"):
        if text.startswith(mark):
            return _all([text[len(mark) :].removesuffix("</s>").removesuffix("<|eom_id|>").strip()], names)
    fence = _FENCE.match(text)
    return _all([fence[1].strip() if fence else text], names)


def first_in(text: str, names: Collection[str]) -> Spoken | None:
    """The call that this text begins with, whatever comes behind it."""
    start = text.strip().removeprefix("```json").removeprefix("<tool_call>").lstrip()
    if not start.startswith("{"):
        return None
    try:
        document, _end = json.JSONDecoder().raw_decode(start)
    except (ValueError, RecursionError):
        return None
    return _call(document, names)


def _all(bodies: Iterable[str], names: Collection[str]) -> list[Spoken]:
    calls: list[Spoken] = []
    for body in bodies:
        fence = _FENCE.match(body)
        try:
            document = json.loads(fence[1] if fence else body)
        except (ValueError, RecursionError):
            return []
        for one in document if isinstance(document, list) else [document]:
            call = _call(one, names)
            if call is None:
                return []
            calls.append(call)
    return calls


def _call(one: Any, names: Collection[str]) -> Spoken | None:
    """{"name", "arguments"} as nearly all models write it, {"name", "parameters"} as Llama does, and OpenAI's nest."""
    if not isinstance(one, dict):
        return None
    inner = one.get("function")
    if isinstance(inner, dict):
        one = inner
    name = one.get("name") or (inner if isinstance(inner, str) else None)
    given = next((one[key] for key in ("arguments", "parameters", "args") if key in one), None)
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            return None
    extra = set(one) - {"name", "function", "arguments", "parameters", "args", "id", "type"}
    if name not in names or not isinstance(given, dict) or extra:
        return None
    return Spoken(name=str(name), arguments=json.dumps(given, ensure_ascii=False))


def _before_mark(text: str) -> int:
    """How much of the text comes before a mark, or before what may become one."""
    found = [place for mark in _MARKS if (place := text.find(mark)) >= 0]
    if found:
        return min(found)
    longest = max(map(len, _MARKS)) - 1
    for place in range(max(0, len(text) - longest), len(text)):
        if text[place] in "<[" and any(mark.startswith(text[place:]) for mark in _MARKS):
            return place
    return len(text)
