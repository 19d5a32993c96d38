"""What can happen during one answer: a closed union. The runner turns each event into a numbered frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from knowledge.passages import Passage

Stage = Literal[
    "queued",
    "retrieving",
    "searching",
    "searched",
    "reading",
    "waiting",
    "loading",
    "busy",
    "generating",
    "rethought",
    "drawing",
    "drawn",
    "tool",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReached:
    stage: Stage
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesFound:
    """The passages that stand in the prompt, in the order of their numbers (the first is [1])."""

    passages: Sequence[Passage]


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderLeftOut:
    """So many of the oldest messages did not fit into the model's window."""

    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAdded:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningAdded:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallsAdded:
    """Fragments of tool calls in OpenAI's delta form; only code that asked for tools sees them."""

    calls: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFinished:
    """`usage` has prompt_tokens and completion_tokens when the server reported them."""

    finish_reason: str
    usage: Mapping[str, int] = field(default_factory=dict)


TurnEvent = StageReached | SourcesFound | OlderLeftOut | TextAdded | ReasoningAdded | ToolCallsAdded | AnswerFinished
