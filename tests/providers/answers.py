"""Reading an answer in tests: all pieces of it, or what was said before it failed."""

from contextlib import aclosing
from dataclasses import dataclass, field

from providers.base import (
    ChatMessage,
    ChatRequest,
    FinishPiece,
    ProviderError,
    ReasoningPiece,
    RethinkPiece,
    TextPiece,
    ToolCallPiece,
    UsagePiece,
    WaitPiece,
)


@dataclass
class Answer:
    text: str = ""
    reasoning: str = ""
    calls: list = field(default_factory=list)
    usage: tuple[int, int] | None = None
    finish: str = ""
    error: ProviderError | None = None
    waits: list = field(default_factory=list)

    def take(self, piece) -> None:
        match piece:
            case TextPiece(text=text):
                self.text += text
            case ReasoningPiece(text=text):
                self.reasoning += text
            case ToolCallPiece(calls=calls):
                self.calls += calls
            case RethinkPiece():
                self.reasoning, self.text = self.text, ""
            case WaitPiece(stage=stage, seconds=seconds):
                self.waits.append((stage, seconds))
            case UsagePiece():
                self.usage = (piece.prompt_tokens, piece.completion_tokens)
            case FinishPiece(reason=reason):
                self.finish = reason


def question(text: str = "Hello?", model: str = "qwen", **params) -> ChatRequest:
    return ChatRequest(model=model, messages=[ChatMessage(role="user", content=text)], params=params)


async def answer_of(provider, request: ChatRequest | None = None) -> Answer:
    answer = Answer()
    try:
        async with aclosing(provider.stream(request or question())) as pieces:
            async for piece in pieces:
                assert not answer.finish, f"{piece} after the end"
                answer.take(piece)
    except ProviderError as error:
        answer.error = error
    return answer
