"""/v1: OpenAI's own API in front of every allowed model, with libraries and web search as two extra fields."""

import json
import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from channels.db import database_sync_to_async
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from ninja import Router, Schema
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chat import assistants, picker, storing
from chat.asking import CommandRejected
from chat.assistants import Choice
from chat.citations import cited_in
from chat.events import AnswerFinished, ReasoningAdded, SourcesFound, StageReached, TextAdded, ToolCallsAdded, TurnEvent
from chat.prompt import estimate_tokens
from chat.retrieving import PersonsRetriever
from chat.turn import Question, answer
from knowledge.models import Library
from knowledge.passages import RetrievalError, SearchError
from providers.access import ModelNotAllowed
from providers.base import ChatMessage, ProviderError
from providers.clients import provider_for

if TYPE_CHECKING:
    from webui.accounts.models import User

router = Router(tags=["openai"])
STATUS = {"not_allowed": 404, "not_found": 404, "rate_limited": 429, "overloaded": 503, "context_too_long": 400}
STATUS |= {"bad_request": 400, "model_not_found": 404, "internal": 500}


class ApiProblem(Exception):
    """An error in OpenAI's shape."""

    def __init__(self, message: str, *, code: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.status = status

    def to_wire(self) -> dict[str, Any]:
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        return {"error": {"message": str(self), "type": kind, "param": None, "code": self.code}}


class Completion(BaseModel):
    """OpenAI's body; what is not named here goes to the model server as it came."""

    model_config = ConfigDict(extra="allow")
    model: str
    messages: list[dict[str, Any]] = Field(min_length=1, max_length=2000)
    stream: bool = False
    stream_options: dict[str, Any] | None = None
    libraries: list[uuid.UUID] = Field(default_factory=list, max_length=20)
    web_search: bool = False


class Embedding(Schema):
    model: str = ""
    input: str | list[str]
    encoding_format: str = "float"


@router.get("/models")
def list_models(request: HttpRequest) -> dict[str, Any]:
    data = [
        {"id": one["id"], "object": "model", "created": 0, "owned_by": one["connection"]}
        for one in picker.offered(request.auth)  # type: ignore[attr-defined]
    ]
    return {"object": "list", "data": data}


@router.post("/chat/completions")
async def complete(request: HttpRequest) -> Any:
    user = request.auth  # type: ignore[attr-defined]
    body = _completion(request.body)
    choice, question = await database_sync_to_async(_question)(user, body)
    events = _worded(user, choice, question)
    writing = _Writing(choice.public_id)
    if not body.stream:
        async for event in events:
            writing.take(event)
        return JsonResponse(writing.whole())
    first = await anext(events)  # a failure before anything was said is an HTTP error, not a broken stream
    usage = bool((body.stream_options or {}).get("include_usage"))
    sent = _sse(writing, first, events, with_usage=usage)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(sent, content_type="text/event-stream", headers=headers)


@router.post("/embeddings")
async def embed(request: HttpRequest, body: Embedding) -> dict[str, Any]:
    """Vectors of the model that libraries are embedded with."""
    from knowledge import embedding

    texts = [body.input] if isinstance(body.input, str) else body.input
    if not texts or len(texts) > 256 or max(map(len, texts)) > 100_000:
        raise ApiProblem("Give 1 to 256 texts of at most 100,000 characters.", code="bad_request", status=400)
    try:
        vectors = await embedding.aembed_passages(texts)
    except embedding.EmbeddingUnavailable as failure:
        raise ApiProblem(str(failure), code="overloaded", status=503) from None
    data = [{"object": "embedding", "index": place, "embedding": list(vector)} for place, vector in enumerate(vectors)]
    tokens = sum(map(estimate_tokens, texts))  # an estimate: not every endpoint counts
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": embedding.endpoint().model, "usage": usage}


def _completion(body: bytes) -> Completion:
    try:
        return Completion.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "body"
        raise ApiProblem(f"{where}: {first['msg']}.", code="bad_request", status=400) from None


def _question(user: "User", body: Completion) -> tuple[Choice, Question]:
    try:
        choice = assistants.chosen(user, [body.model])[0]
    except ModelNotAllowed as refusal:
        raise ApiProblem(str(refusal), code="model_not_found", status=404) from None
    model, libraries = choice.model, [str(pk) for pk in body.libraries]
    if Library.objects.visible_to(user).filter(pk__in=libraries).count() != len(set(libraries)):
        raise ApiProblem("One of the libraries does not exist.", code="not_found", status=404)
    libraries, web_search = choice.libraries(libraries), choice.web_search(body.web_search)
    window = model.usable_window if libraries or web_search else None
    question = Question(
        messages=choice.instructed([_message(message) for message in body.messages]),
        model=model.name,
        window=window,
        fit=window,
        libraries=libraries,
        web_search=web_search,
        params=choice.params(body.model_extra or {}),
    )
    return choice, question


def _message(given: dict[str, Any]) -> ChatMessage:
    role, content = given.get("role"), given.get("content")
    if role not in ("system", "developer", "user", "assistant", "tool"):
        raise ApiProblem("Each message needs a role: system, user, assistant or tool.", code="bad_request", status=400)
    if not isinstance(content, str | list | None):
        raise ApiProblem("A message's content is a text or a list of parts.", code="bad_request", status=400)
    extra = {name: value for name, value in given.items() if name not in ("role", "content")}
    return ChatMessage(role=role, content=content or "", extra=extra)


async def _worded(user: "User", choice: Choice, question: Question) -> AsyncGenerator[TurnEvent, None]:
    """The events of the answer; what ends a turn becomes an `ApiProblem`."""
    try:
        turn = answer(question, retriever=PersonsRetriever(user, choice.grant), provider=provider_for(choice.model))
        async with aclosing(turn) as events:
            async for event in events:
                yield event
    except (ProviderError, RetrievalError, SearchError, CommandRejected) as failure:
        code, detail, _retryable = storing.reason_of(failure)
        raise ApiProblem(detail, code=code, status=STATUS.get(code, 502)) from None


async def _sse(
    writing: "_Writing", first: TurnEvent, events: AsyncGenerator[TurnEvent, None], *, with_usage: bool
) -> AsyncGenerator[str, None]:
    try:
        if delta := writing.take(first):
            yield _data(writing.chunk(delta))
        async with aclosing(events) as rest:
            async for event in rest:
                if delta := writing.take(event):
                    yield _data(writing.chunk(delta))
        yield _data({**writing.chunk({}, writing.finish_reason), **writing.evidence()})
        if with_usage:
            yield _data({**writing.chunk({}), "choices": [], "usage": writing.usage})
    except ApiProblem as problem:
        yield _data(problem.to_wire())
    yield "data: [DONE]\n\n"


def _data(content: dict[str, Any]) -> str:
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n"


class _Writing:
    """An answer on its way into OpenAI's shapes."""

    def __init__(self, model: str) -> None:
        self.head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}
        self.text = self.reasoning = ""
        self.calls: list[dict[str, Any]] = []
        self.citations: list[dict[str, Any]] | None = None
        self.finish_reason: str | None = None
        self.usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
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
            case ToolCallsAdded(calls=calls):
                _gather(self.calls, calls)
                return self._opened({"tool_calls": list(calls)})
            case SourcesFound(passages=passages):
                rows = [storing.source_of(None, number, passage) for number, passage in enumerate(passages, 1)]
                self.citations = [row.to_wire() for row in rows]
            case AnswerFinished(finish_reason=reason, usage=usage):
                self.finish_reason = reason
                self.usage = {**self.usage, **usage}
        return None

    def evidence(self) -> dict[str, Any]:
        """The `citations` field, when libraries or the web were consulted."""
        if self.citations is None:
            return {}
        cited = cited_in(self.text, [citation["n"] for citation in self.citations])
        return {"citations": [{**citation, "cited": citation["n"] in cited} for citation in self.citations]}

    def chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return {**self.head, "object": "chat.completion.chunk", "choices": [choice]}

    def whole(self) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": self.text}
        if self.reasoning:
            message["reasoning_content"] = self.reasoning
        if self.calls:
            message |= {"tool_calls": self.calls, "content": self.text or None}
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason}
        return {**self.head, "object": "chat.completion", "choices": [choice], "usage": self.usage, **self.evidence()}

    def _opened(self, delta: dict[str, Any]) -> dict[str, Any]:
        """OpenAI's first delta names the role."""
        opened = delta if self._started else {"role": "assistant", **delta}
        self._started = True
        return opened


def _gather(calls: list[dict[str, Any]], pieces: Any) -> None:
    """Put fragments of tool calls together by their index."""
    for piece in pieces:
        while len(calls) <= piece["index"]:
            calls.append({"id": "", "type": "function", "function": {"name": "", "arguments": ""}})
        call, function = calls[piece["index"]], piece.get("function") or {}
        call["id"] = piece.get("id") or call["id"]
        call["function"]["name"] += function.get("name") or ""
        call["function"]["arguments"] += function.get("arguments") or ""
