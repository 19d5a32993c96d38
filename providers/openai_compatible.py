"""Any server that speaks OpenAI's chat completions. Raises `ProviderError`."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from providers.base import ChatRequest, Piece, ProviderError
from providers.failures import AnswerFailed, Failure, failed, failure_from, rejected_field
from providers.normalise import AnswerReader
from providers.sentences import error_for
from providers.wire import Limits, pause_before_retry

if TYPE_CHECKING:
    from openai import APIConnectionError, APIStatusError, AsyncOpenAI

    from providers.openai_client import Events

log = logging.getLogger(__name__)

# Without these a request means something else, so a server that refuses one has refused the request.
_ESSENTIAL = {"model", "messages", "stream", "tools", "tool_choice", "response_format", "max_tokens"}


class OpenAIProvider:
    """Remembers what its server does not take, so that each surprise costs one request in the life of the process."""

    def __init__(self, base_url: str, api_key: str = "", limits: Limits = Limits()) -> None:  # noqa: B008 - frozen
        self._base_url = base_url
        self._api_key = api_key
        self._limits = limits
        self._client: AsyncOpenAI | None = None
        self._rejected: dict[str, set[str]] = {}
        self._starts_thinking: set[str] = set()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        try:
            async with aclosing(self._pieces(request)) as pieces:
                async for piece in pieces:
                    yield piece
        except AnswerFailed as problem:
            log.info("%s at %s: %s", problem.failure.code, self._base_url, self._blanked(problem.failure.said))
            raise self._error(problem.failure) from None

    async def close(self) -> None:
        if self._client:
            await self._client.close()
            self._client = None

    async def _pieces(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        from providers.openai_client import patience_of

        stream = await self._opened(request)
        reader = AnswerReader(limit=self._limits.answer, starts_thinking=request.model in self._starts_thinking)
        patience = patience_of(stream)
        async with stream, aclosing(_chunks(stream)) as chunks:
            async for chunk in chunks:
                for piece in reader.read(chunk):
                    yield piece
                if patience:
                    patience.started = reader.started
        for piece in reader.end(done=stream.done):
            yield piece
        self._remember_thinking(request.model, reader)

    async def _opened(self, request: ChatRequest) -> "Events":
        """The stream of the first attempt that is not told to come again or to leave a field out."""
        retries = 0
        while True:
            body = self._body(request)
            try:
                return await self._attempt(body)
            except AnswerFailed as problem:
                failure = problem.failure
                if self._learns_from(failure, request.model, body):
                    continue
                pause = pause_before_retry(failure, retries, self._limits)
                if pause is None:
                    raise
                retries += 1
            await asyncio.sleep(pause)

    async def _attempt(self, body: dict[str, Any]) -> "Events":
        from openai import APIConnectionError, APIStatusError

        from providers.openai_client import new_client, open_stream

        if self._client is None:
            self._client = new_client(self._base_url, self._api_key, self._limits)
        try:
            return await open_stream(self._client, body, with_key=bool(self._api_key))
        except APIStatusError as error:
            raise AnswerFailed(_failure_of_status(error)) from None
        except APIConnectionError as error:
            raise failed(_unreachable_code(error)) from None
        except OSError:
            raise failed("unreachable") from None
        except _transport_errors():
            raise failed("bad_response") from None

    def _body(self, request: ChatRequest) -> dict[str, Any]:
        messages = [{"role": m.role, "content": m.content, **m.extra} for m in request.messages]
        body = {"stream_options": {"include_usage": True}, **request.params}
        rejected = self._rejected.get(request.model, set())
        if "max_tokens" in rejected and "max_tokens" in body:
            body["max_completion_tokens"] = body["max_tokens"]
        body = {name: value for name, value in body.items() if name not in rejected}
        return body | {"model": request.model, "messages": messages, "stream": True}

    def _learns_from(self, failure: Failure, model: str, body: dict[str, Any]) -> bool:
        """Whether the complaint was about a field that can be left out (or renamed) from now on."""
        optional = set(body) - _ESSENTIAL
        field = rejected_field(failure, optional)
        if failure.status == 400 and "max_tokens" in body and "max_completion_tokens" in failure.said:
            field = "max_tokens"
        if field is None:
            return False
        log.info("%s does not take %s for %s: left out from now on", self._base_url, field, model)
        self._rejected.setdefault(model, set()).add(field)
        return True

    def _remember_thinking(self, model: str, reader: AnswerReader) -> None:
        if reader.splitter.closed_only:
            self._starts_thinking.add(model)
        elif reader.splitter.never_closed:
            self._starts_thinking.discard(model)

    def _error(self, failure: Failure) -> ProviderError:
        return error_for(failure, secret=self._api_key)

    def _blanked(self, text: str) -> str:
        return text.replace(self._api_key, "····") if self._api_key else text


async def _chunks(stream: "Events") -> AsyncGenerator[object, None]:
    """The chunks of a stream; whatever breaks on the way becomes `AnswerFailed`."""
    from openai import APIConnectionError, APIError

    try:
        async for chunk in stream:
            yield chunk
    except APIConnectionError:
        raise failed("cut_off") from None
    except APIError as error:  # the client raises for an error object inside the stream
        code = error.body.get("code") if isinstance(error.body, dict) else None
        status = code if isinstance(code, int) else 200
        raise AnswerFailed(failure_from(status, {"error": error.body})) from None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise failed("bad_response") from None
    except _transport_errors():
        raise failed("cut_off") from None


def _failure_of_status(error: "APIStatusError") -> Failure:
    headers = error.response.headers
    text = error.response.text
    return failure_from(error.status_code, text, retry_after=headers.get("retry-after"))


def _unreachable_code(error: "APIConnectionError") -> str:
    """Why nothing came back: the aiohttp transport calls a refused connection a timeout, so look at the cause."""
    import aiohttp

    cause: BaseException | None = error
    while cause is not None:
        match cause:
            case aiohttp.ConnectionTimeoutError() | aiohttp.ClientConnectorError():
                return "unreachable"
            case aiohttp.ServerTimeoutError():
                return "timeout"
            case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | aiohttp.ClientPayloadError():
                return "hung_up"
        cause = cause.__cause__
    return "unreachable"


def _transport_errors() -> tuple[type[Exception], ...]:
    """Those that the client lets through as they are, such as endless headers."""
    import aiohttp
    import httpx2

    return (aiohttp.ClientError, httpx2.HTTPError, httpx2.StreamError)
