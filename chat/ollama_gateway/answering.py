"""Questions that are passed on to an Ollama server: chat, generate, embed. Counted, and within everybody's limits."""

import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import Router

from chat.database import in_database
from chat.events import TextAdded
from chat.gateway.callers import Caller, caller_of
from chat.gateway.errors import ApiProblem
from chat.gateway.running import Run
from chat.ollama_gateway.allowed import named
from chat.ollama_gateway.problems import OllamaProblem, of_failure, of_limit, wire_of
from chat.ollama_gateway.requests import EMBEDS, body_in, content_for, name_in
from chat.prompt import estimate_tokens
from chat.spending import Spending
from providers import budgets, counting
from providers.base import ProviderError
from providers.budgets import REPLY, Claim, OverBudget
from providers.clients import place_for, provider_for
from providers.failures import AnswerFailed
from providers.models import Model, Usage
from providers.ollama import OllamaProvider
from providers.ollama_window import prompt_tokens

router = Router(tags=["ollama"])
NDJSON = "application/x-ndjson"
LONGEST_LINE = 32 * 1024 * 1024  # bytes: all vectors of a request come in one
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A question that was checked: whose it is, which model it is for, and what it holds of the limits."""

    caller: Caller
    model: Model
    path: str
    body: dict[str, Any]
    prompt: int  # tokens, estimated
    claim: Claim | None


@dataclass(slots=True)
class _Told:
    """What has been written so far, and what the server counted."""

    text: int = 0  # tokens, estimated
    prompt: int = 0
    completion: int = 0
    begun: bool = False
    news: list[str] = field(default_factory=list)

    def take(self, line: dict[str, Any]) -> None:
        message = line.get("message")
        parts = [line.get("response"), line.get("thinking")]
        parts += [message.get("content"), message.get("thinking")] if isinstance(message, dict) else []
        text = "".join(part for part in parts if isinstance(part, str))
        self.begun = True
        if text:
            self.news.append(text)
            self.text += estimate_tokens(text)
        self.prompt = _count(line.get("prompt_eval_count")) or self.prompt
        self.completion = _count(line.get("eval_count")) or self.completion

    def used(self, prompt: int) -> tuple[int, int]:
        if self.prompt or self.completion:
            return self.prompt, self.completion
        return (prompt, self.text) if self.begun else (0, 0)


@router.post("/api/chat")
async def chat(request: HttpRequest) -> Any:
    return await _answer(request, "/api/chat")


@router.post("/api/generate")
async def generate(request: HttpRequest) -> Any:
    return await _answer(request, "/api/generate")


@router.post("/api/embed")
async def embed(request: HttpRequest) -> Any:
    return await _answer(request, "/api/embed")


@router.post("/api/embeddings")
async def embeddings(request: HttpRequest) -> Any:
    return await _answer(request, "/api/embeddings")


async def _answer(request: HttpRequest, path: str) -> HttpResponseBase:
    body = body_in(request)
    order = await database_sync_to_async(_order)(caller_of(request), path, body)
    run = Run(order.caller, [_passed(order)])
    try:
        first = await _next(run)
        if path not in EMBEDS and body.get("stream", True):
            return StreamingHttpResponse(_lines(run, first), content_type=NDJSON, headers=HEADERS)
        parts = [first]
        while parts[-1]:
            parts.append(await _next(run))
    except BaseException:
        await run.close()
        raise
    await run.close()
    return HttpResponse(b"".join(parts), content_type="application/json")


def _order(caller: Caller, path: str, body: dict[str, Any]) -> Order:
    kind = Model.Kind.EMBEDDING if path in EMBEDS else Model.Kind.CHAT
    # Some chat models embed as well.
    model = named(caller, name_in(body), *dict.fromkeys((kind, Model.Kind.CHAT)))
    prompt = prompt_tokens({**body, "prompt": body["input"]} if "input" in body else body)
    options = body.get("options")
    wished = options.get("num_predict") if isinstance(options, dict) else None
    reply = 0 if path in EMBEDS else wished if isinstance(wished, int) and wished > 0 else REPLY
    try:
        claim = budgets.claim(caller.user, estimate=prompt + reply, key=caller.key)
    except OverBudget as refusal:
        raise of_limit(refusal) from None
    return Order(caller=caller, model=model, path=path, body=body, prompt=prompt, claim=claim)


async def _passed(order: Order) -> AsyncGenerator[Any, None]:
    """The bytes of the answer, line by line as they come. Settled and counted however it ends."""
    told = _Told()
    spending = Spending(order.claim, order.prompt) if order.claim else None
    try:
        async with aclosing(_asked(order, told)) as pieces:
            async for data in pieces:
                news, told.news = told.news, []
                for text in news if spending else ():
                    await spending.take(TextAdded(text=text))  # type: ignore[union-attr]
                yield data
    except OverBudget as refusal:
        raise of_limit(refusal) from None
    except AnswerFailed as problem:
        raise of_failure(problem.failure) from None
    except ProviderError as problem:
        raise OllamaProblem(str(problem), code=problem.code, status=502) from None
    finally:
        await _settle(order, *told.used(order.prompt))


async def _asked(order: Order, told: _Told) -> AsyncGenerator[bytes, None]:
    place = place_for(order.model)
    provider = provider_for(place)
    assert isinstance(provider, OllamaProvider)  # noqa: S101  its connection is of that kind
    content = content_for(order.path, order.body, place.name, rules=order.caller.user.is_superuser)
    async with provider.passed(order.path, content, embeds=order.path in EMBEDS) as body:
        rest = b""
        while data := await body.read():
            body.text_has_come()
            *lines, rest = (rest + data).split(b"\n")
            if len(rest) > LONGEST_LINE:
                raise OllamaProblem("The Ollama server sent too long a line.", code="bad_response", status=502)
            if whole := b"".join(_told_lines(lines, order.model, told)):
                yield whole
        if last := b"".join(_told_lines([rest], order.model, told)):
            yield last


def _told_lines(lines: list[bytes], model: Model, told: _Told) -> Iterator[bytes]:
    """The lines as they came, under the name that the model has here."""
    for line in lines:
        try:
            document = json.loads(line) if line.strip() else None
        except ValueError:
            raise OllamaProblem("The Ollama server broke off.", code="cut_off", status=502) from None
        if isinstance(document, dict):
            told.take(document)
            if document.get("model", model.public_id) != model.public_id:
                yield json.dumps({**document, "model": model.public_id}, ensure_ascii=False).encode() + b"\n"
            else:
                yield line + b"\n"


async def _next(run: Run) -> bytes:
    """The next piece; b"" at the end."""
    while given := await run.next():
        _number, data = given
        if data is not None:
            return data  # type: ignore[return-value]
    return b""


async def _lines(run: Run, first: bytes) -> AsyncGenerator[bytes, None]:
    """What is wrong after the first word is a last line."""
    try:
        piece = first
        while piece:
            yield piece
            piece = await _next(run)
    except ApiProblem as problem:
        yield json.dumps(wire_of(problem), ensure_ascii=False).encode() + b"\n"
    finally:
        await run.close()


async def _settle(order: Order, prompt: int, completion: int) -> None:
    purpose = Usage.Purpose.EMBEDDING if order.path in EMBEDS else Usage.Purpose.API
    if prompt or completion:
        caller = order.caller
        counting.count(
            caller.user.pk, order.model.public_id, purpose, prompt=prompt, completion=completion, key=caller.key_id
        )
    if order.claim is not None:
        await in_database(budgets.settle, order.claim, prompt, completion)


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**8 else 0
