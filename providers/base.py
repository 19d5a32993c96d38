"""What a provider is: one question in, pieces of an answer out. Raises `ProviderError` and nothing else."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One message of the prompt. `content` is text, or OpenAI content parts when there are images."""

    role: str
    content: str | Sequence[Mapping[str, Any]]
    extra: Mapping[str, Any] = field(default_factory=dict)  # tool_calls, tool_call_id, name: passed on as they came


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """`params` holds only what a person set (temperature, max_tokens, tools, response_format, …), in OpenAI's names.

    `window` is the model's context window in tokens, where known: Ollama has to be told how much of it to use.
    `continues`: the answer goes on in the middle of a text, so that white space at its beginning counts.
    `on_sent` is given the body of every attempt; the last one is what the server answered.
    """

    model: str
    messages: Sequence[ChatMessage]
    window: int | None = None
    continues: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)
    on_sent: Callable[[Mapping[str, Any]], None] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPiece:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningPiece:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallPiece:
    """A fragment of tool calls in OpenAI's delta form, with `index` always set."""

    calls: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePiece:
    """Token counts as the server reported them, and where it tells: the window it was asked to have, and durations."""

    prompt_tokens: int
    completion_tokens: int
    window: int | None = None
    load_ms: int | None = None
    prompt_ms: int | None = None
    answer_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishPiece:
    """The server said that the answer is complete: 'stop', 'length', 'tool_calls', … Always the last piece."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitPiece:
    """The answer is not lost, only later: the server loads the model, or asked to be asked again in some seconds.

    Comes before the first text, perhaps several times; `seconds` is None when nobody knows.
    """

    stage: Literal["loading", "busy"]
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RethinkPiece:
    """All text before this was thinking: its closing tag has come, and no opening one had.

    Comes at most once, and only from a model of which nobody could know that it begins with thinking.
    """


Piece = TextPiece | ReasoningPiece | ToolCallPiece | UsagePiece | FinishPiece | WaitPiece | RethinkPiece


class ProviderError(Exception):
    """The model server could not answer. The text is a sentence for the person who asked.

    `code` is one of: unreachable, timeout, unauthorized, model_not_found, rate_limited, overloaded, context_too_long,
    bad_request, bad_response, cut_off (ended without a finish reason), empty_answer, too_large, unreadable_key.
    With context_too_long, `prompt` is how many tokens the server counted and `window` how many it takes, where it says.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        retryable: bool = False,
        prompt: int | None = None,
        window: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.retryable = retryable
        self.prompt = prompt
        self.window = window


class ChatProvider(Protocol):
    """Streams one answer: ends with a `FinishPiece` or raises `ProviderError`; closing it closes the request."""

    def stream(self, request: ChatRequest) -> AsyncGenerator[Piece, None]: ...

    async def close(self) -> None: ...
