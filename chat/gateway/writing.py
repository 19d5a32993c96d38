"""Answers on their way into OpenAI's shapes. Pure but for citations, which are shaped as the chat's are."""

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from chat import storing
from chat.citations import checked
from chat.events import AnswerFinished, ReasoningAdded, SourcesFound, StageReached, TextAdded, ToolCallsAdded, TurnEvent


class Choice:
    """One of the answers to a request."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.text = self.reasoning = ""
        self.calls: list[dict[str, Any]] = []
        self.citations: list[dict[str, Any]] | None = None
        self.search: dict[str, Any] = {}
        self.finish_reason: str | None = None
        self._started = False

    def take(self, event: TurnEvent) -> dict[str, Any] | None:
        """Note the event; its delta, if it has one."""
        match event:
            case TextAdded(text=text):
                self.text += text
                return self._opened({"content": text})
            case ReasoningAdded(text=text):
                self.reasoning += text
                return self._opened({"reasoning_content": text})
            case StageReached(stage="rethought"):
                # In a stream it has been sent already; a whole answer is right.
                self.reasoning, self.text = self.reasoning + self.text, ""
            case StageReached(stage="searched", detail=receipt):
                self.search = json.loads(receipt)
            case ToolCallsAdded(calls=calls):
                _gather(self.calls, calls)
                return self._opened({"tool_calls": list(calls)})
            case SourcesFound(passages=passages):
                rows = [storing.source_of(None, number, passage) for number, passage in enumerate(passages, 1)]
                self.citations = [row.to_wire() for row in rows]
            case AnswerFinished(finish_reason=reason):
                self.finish_reason = reason
        return None

    @property
    def evidence(self) -> dict[str, Any]:
        """The fields `citations`, when libraries or the web were consulted, and `search`, when it was the web."""
        told = {"search": self.search} if self.search else {}
        if self.citations is None:
            return told
        checks = checked(self.text, self.citations)
        return told | {
            "citations": [
                {**one, "cited": one["n"] in checks, "checks": checks.get(one["n"], [])} for one in self.citations
            ]
        }

    def whole(self) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": self.text}
        if self.reasoning:
            message["reasoning_content"] = self.reasoning
        if self.calls:
            message |= {"tool_calls": self.calls, "content": self.text or None}
        return {"index": self.index, "message": message, "finish_reason": self.finish_reason}

    def _opened(self, delta: dict[str, Any]) -> dict[str, Any]:
        """OpenAI's first delta names the role."""
        opened = delta if self._started else {"role": "assistant", **delta}
        self._started = True
        return opened


class Reply:
    """All that one request is answered with."""

    def __init__(self, model: str, choices: int) -> None:
        self.head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}
        self.choices = [Choice(index) for index in range(choices)]
        self.usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}

    def count(self, prompt: int, completion: int) -> None:
        self.usage["prompt_tokens"] += prompt
        self.usage["completion_tokens"] += completion
        self.usage["total_tokens"] += prompt + completion

    def chunks(self, number: int, event: TurnEvent) -> list[dict[str, Any]]:
        """What a stream says of this event."""
        choice = self.choices[number]
        delta = choice.take(event)
        if delta:
            return [self._chunk(number, delta)]
        if isinstance(event, AnswerFinished):
            return [{**self._chunk(number, {}, choice.finish_reason), **choice.evidence}]
        return []

    def usage_chunk(self) -> dict[str, Any]:
        return {**self.head, "object": "chat.completion.chunk", "choices": [], "usage": self.usage}

    def whole(self) -> dict[str, Any]:
        choices = [choice.whole() for choice in self.choices]
        # One list for all: their texts differ, what they were given does not.
        evidence = self.choices[0].evidence
        return {**self.head, "object": "chat.completion", "choices": choices, "usage": self.usage, **evidence}

    def _chunk(self, number: int, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": number, "delta": delta, "finish_reason": finish_reason}
        return {**self.head, "object": "chat.completion.chunk", "choices": [choice]}


def _gather(calls: list[dict[str, Any]], pieces: Sequence[Mapping[str, Any]]) -> None:
    """Put fragments of tool calls together by their index."""
    for piece in pieces:
        while len(calls) <= piece["index"]:
            calls.append({"id": "", "type": "function", "function": {"name": "", "arguments": ""}})
        call, function = calls[piece["index"]], piece.get("function") or {}
        call["id"] = piece.get("id") or call["id"]
        call["function"]["name"] += function.get("name") or ""
        call["function"]["arguments"] += function.get("arguments") or ""
