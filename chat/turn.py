"""One answer, from the question to the last word. Read this first; follow the imports for detail."""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override

from chat.continuing import continued
from chat.events import (
    AnswerFinished,
    OlderLeftOut,
    ReasoningAdded,
    SourcesFound,
    StageReached,
    TextAdded,
    ToolCallsAdded,
    TurnEvent,
)
from chat.ledger import Ledger
from chat.prompt import Prompt, newest_question
from chat.wishes import Wish
from knowledge.passages import Looked, Passage, SearchError
from knowledge.web.linking import links_in
from providers.base import (
    ChatMessage,
    ChatProvider,
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

if TYPE_CHECKING:
    from chat.tools.toolbox import Toolbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of one model: the conversation so far (the newest user message last) and what may be consulted.

    `window` is the model's context window in tokens, None when unknown, and `fit` the tokens the prompt is fitted to.
    `files` are the documents that were attached to the conversation.
    `begun` is an answer that was cut and is to be continued, with the `passages` it had. `say_nothing_found` makes
    the answer itself begin with the sentence that nothing was found (for people; code reads the empty citations
    instead). `wish` is asked of this answer alone. `tools` are what its model may call, None where there is nothing.
    `looked` says where the `passages` were looked for before ("libraries", "web", "files"): they are as they were then.
    """

    messages: Sequence[ChatMessage]
    model: str
    window: int | None = None
    fit: int | None = None
    libraries: Sequence[str] = ()
    web_search: bool = False
    files: Sequence[UUID] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    language: str = "en"
    say_nothing_found: bool = False
    begun: str = ""
    passages: Sequence[Passage] = ()
    looked: Sequence[str] = ()
    reads_links: bool = False
    wish: Wish | None = None
    tools: "Toolbox | None" = None

    @property
    def links(self) -> Sequence[str]:
        """Addresses in the question whose pages are to be read for it."""
        return links_in(self.text) if self.reads_links and not self.begun else ()

    @property
    def consults(self) -> bool:
        """Whether files, libraries or the web stand behind it; a continuation has what was found already."""
        return bool(self.files or self.libraries or self.web_search or self.looked) and not self.begun

    @property
    def text(self) -> str:
        return newest_question(self.messages)


class Retriever(Protocol):
    """Finds passages with the asking person's rights. Raises RetrievalError and SearchError."""

    async def in_files(self, question: "Question") -> list[Passage]: ...

    async def in_libraries(
        self, question: str, libraries: Sequence[str], said: Sequence[ChatMessage]
    ) -> list[Passage]: ...

    async def on_the_web(self, question: "Question") -> Looked: ...


async def answer(
    question: Question, *, retriever: Retriever, provider: ChatProvider, ledger: Ledger | None = None
) -> AsyncGenerator[TurnEvent, None]:
    """The events of one answer, ending with `AnswerFinished`; `ledger` keeps the account of it.

    Raises `RetrievalError`, `SearchError` and `ProviderError`, each worded for the person who asked.
    """
    passages = list(question.passages)
    # A continuation has shown its passages already; those of answers that are written out into one are new here.
    consulted = question.consults or bool(passages and not question.begun)
    problems: list[str] = []
    if consulted or question.links:
        async for stage in _looked_up(question, retriever, passages, problems):
            yield stage
        consulted = consulted or bool(passages)
    ledger = ledger or Ledger()
    prompt = _packed(ledger, question, passages)
    for event in _told_of(prompt, consulted):
        yield event
    said = question.begun
    if (consulted or problems) and not prompt.passages and question.say_nothing_found:
        said = _nothing_found(question, problems) + "\n\n"
        yield TextAdded(text=said)

    yield StageReached(stage="waiting")
    while True:
        pieces = _written(question, prompt, ledger, provider, said=len(said))
        try:
            async with aclosing(continued(pieces, question.begun) if question.begun else pieces) as events:
                async for event in events:
                    yield event
            return
        except ProviderError as refusal:
            # Too long by the server's count: fitted to its numbers and put once more.
            longer, prompt = prompt, _shorter(ledger, question, passages, prompt, refusal)
        for event in _told_of(prompt, consulted and list(prompt.passages) != list(longer.passages)):
            yield event


async def _looked_up(
    question: Question, retriever: Retriever, passages: list[Passage], problems: list[str]
) -> AsyncGenerator[TurnEvent, None]:
    """Fills `passages`, and `problems` with what kept the web from being looked at."""
    if question.files:
        yield StageReached(stage="reading", detail="files")
        passages += await retriever.in_files(question)
    if question.libraries:
        yield StageReached(stage="retrieving")
        passages += await retriever.in_libraries(question.text, question.libraries, question.messages)
    if question.web_search or question.links:
        if question.web_search:
            yield StageReached(stage="searching", detail=question.text[:200])
        else:
            yield StageReached(stage="reading", detail="links")
        looked = await retriever.on_the_web(question)
        passages += looked.passages
        if looked.receipt:
            yield StageReached(stage="searched", detail=looked.receipt)
        if looked.problem:
            problems.append(looked.problem)
            # People are told in the answer itself; a program would not know that the web is missing.
            if not question.say_nothing_found and not passages:
                raise SearchError(looked.problem)


def _packed(ledger: Ledger, question: Question, passages: Sequence[Passage]) -> Prompt:
    return ledger.pack(
        question.messages,
        passages,
        fit=question.fit,
        consulted=question.consults or bool(passages),
        begun=question.begun,
        params=question.params,
        wish=question.wish,
        tools=question.tools.size if question.tools else 0,
    )


def _shorter(
    ledger: Ledger, question: Question, passages: Sequence[Passage], longer: Prompt, refusal: ProviderError
) -> Prompt:
    """What to put after a refusal. Raises it when that is no matter of length, or nothing more can be left out."""
    prompt = _packed(ledger, question, passages) if ledger.learns_from(refusal) else longer
    if prompt.length >= longer.length:
        raise refusal
    return prompt


def _told_of(prompt: Prompt, with_sources: bool) -> Iterator[TurnEvent]:
    """What the prompt holds, and what it does not."""
    if prompt.left_out:
        yield OlderLeftOut(messages=prompt.left_out)
    if with_sources:
        yield SourcesFound(passages=prompt.passages)
        yield StageReached(stage="reading", detail=str(len(prompt.passages)))


def _request(question: Question, prompt: Prompt, ledger: Ledger) -> ChatRequest:
    return ChatRequest(
        model=question.model,
        messages=prompt.messages,
        window=question.window,
        continues=bool(question.begun),
        params=ledger.affordable(question.params),
        on_sent=ledger.sent,
    )


def _written(
    question: Question, prompt: Prompt, ledger: Ledger, provider: ChatProvider, said: int
) -> AsyncGenerator[TurnEvent, None]:
    """What the model writes to this prompt: at one go, or in rounds when it has tools (chat/tools/rounds.py)."""
    request = _request(question, prompt, ledger)
    if question.tools is None:
        return _pieces(provider, request, ledger, said=said)
    from chat.tools.rounds import with_tools

    def ask(put: ChatRequest, at: int) -> AsyncGenerator[TurnEvent, None]:
        return _pieces(provider, put, ledger, said=at)

    return with_tools(question, prompt, ledger, request, said=said, ask=ask)


async def _pieces(
    provider: ChatProvider, request: ChatRequest, ledger: Ledger, said: int
) -> AsyncGenerator[TurnEvent, None]:
    """`said`: characters of the answer that were there before the model began."""
    usage: dict[str, int] = {}
    writing = False
    # Closed here and not by the garbage collector: closing the iterator is what hangs up on the model server.
    async with aclosing(provider.stream(request)) as pieces:
        async for piece in pieces:
            match piece:
                case TextPiece(text=text):
                    ledger.wrote()
                    if not writing:
                        yield StageReached(stage="generating")
                        writing = True
                    yield TextAdded(text=text)
                case ReasoningPiece(text=text):
                    ledger.wrote()
                    yield ReasoningAdded(text=text)
                case ToolCallPiece(calls=calls):
                    yield ToolCallsAdded(calls=calls)
                case UsagePiece(prompt_tokens=sent, completion_tokens=written):
                    ledger.counted(piece)
                    usage = {"prompt_tokens": sent, "completion_tokens": written, "total_tokens": sent + written}
                case WaitPiece(stage=stage, seconds=seconds):
                    yield StageReached(stage=stage, detail="" if seconds is None else f"{seconds:.0f}")
                case RethinkPiece():
                    yield StageReached(stage="rethought", detail=str(said))
                case FinishPiece(reason=reason):
                    yield AnswerFinished(finish_reason=reason, usage=usage)


def _nothing_found(question: Question, problems: Sequence[str]) -> str:
    libraries = question.libraries or "libraries" in question.looked
    with override(question.language):
        if problems:
            return _("*The web could not be used: %(reason)s*") % {"reason": " ".join(problems).replace("*", "")}
        if libraries and (question.web_search or "web" in question.looked):
            return _("*Nothing about this was found in the chosen libraries or on the web.*")
        if libraries:
            return _("*Nothing about this was found in the chosen libraries.*")
        return _("*Nothing about this was found on the web.*")
