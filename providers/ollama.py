"""Ollama by its own API, the only one that lets us set the context window. Raises `ProviderError`."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from providers.addresses import is_private
from providers.base import ChatRequest, Piece
from providers.failures import AnswerFailed, failed, failure_from
from providers.normalise import AnswerReader
from providers.ollama_wire import ChunkTranslator, chat_body
from providers.sentences import error_for
from providers.wire import Limits, Patience, capped, guarded, lines, pause_before_retry

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

log = logging.getLogger(__name__)


class OllamaProvider:
    """Remembers each model's window, so that it never shrinks again, and which models cannot think."""

    def __init__(self, base_url: str, api_key: str = "", limits: Limits = Limits()) -> None:  # noqa: B008 - frozen
        self._base_url = base_url
        self._api_key = api_key
        self._limits = limits
        self._session: ClientSession | None = None
        self._windows: dict[str, int] = {}
        self._cannot_think: set[str] = set()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        try:
            async with aclosing(self._pieces(request)) as pieces:
                async for piece in pieces:
                    yield piece
        except AnswerFailed as problem:
            log.info("%s at %s", problem.failure.code, self._base_url)
            raise error_for(problem.failure, secret=self._api_key) from None

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    async def _pieces(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        import aiohttp

        response = await self._opened(request)
        reader, translator = AnswerReader(limit=self._limits.answer), ChunkTranslator()
        patience = Patience(self._limits)
        try:
            async for line in lines(guarded(response.content.iter_any(), patience)):
                for piece in reader.read(translator.chunk(_parsed(line))):
                    yield piece
                patience.started = reader.started
        except (aiohttp.ClientError, OSError):
            raise failed("cut_off") from None
        finally:
            # Also in the middle: closing is what tells Ollama to stop.
            response.close()
        for piece in reader.end():
            yield piece

    async def _opened(self, request: ChatRequest) -> "ClientResponse":
        """The answer to the first attempt that is not told to come again."""
        retries = 0
        while True:
            body = chat_body(request, at_least=self._windows.get(request.model, 0))
            self._windows[request.model] = body["options"]["num_ctx"]
            if request.model in self._cannot_think:
                body.pop("think", None)
            try:
                return await self._attempt(body)
            except AnswerFailed as problem:
                if "think" in body and "does not support thinking" in problem.failure.said:
                    self._cannot_think.add(request.model)
                    continue
                pause = pause_before_retry(problem.failure, retries, self._limits)
                if pause is None:
                    raise
                retries += 1
            await asyncio.sleep(pause)

    async def _attempt(self, body: dict[str, Any]) -> "ClientResponse":
        import aiohttp

        session = self._session = self._session or self._new_session()
        url = f"{self._base_url}/api/chat"
        try:
            response = await session.post(url, json=body, allow_redirects=False)
            if response.status == 200 and response.headers.get("Content-Encoding", "identity") == "identity":
                return response
            async with response:
                raise await self._refusal(response)
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError):
            raise failed("unreachable") from None
        except TimeoutError:
            raise failed("timeout") from None
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            raise failed("hung_up") from None
        except aiohttp.ClientError:
            raise failed("bad_response") from None

    async def _refusal(self, response: "ClientResponse") -> AnswerFailed:
        if response.status == 200:
            return failed("bad_response")
        text = b"".join([part async for part in capped(response.content.iter_any(), self._limits.error_body)])
        retry_after = response.headers.get("Retry-After")
        return AnswerFailed(failure_from(response.status, text.decode(errors="replace"), retry_after=retry_after))

    def _new_session(self) -> "ClientSession":
        import aiohttp

        headers = {"Accept-Encoding": "identity"}
        if self._api_key:
            headers["Authorization"] = f"Bearer {self._api_key}"
        return aiohttp.ClientSession(
            headers=headers,
            timeout=aiohttp.ClientTimeout(sock_connect=self._limits.connect, sock_read=self._limits.first),
            connector=aiohttp.TCPConnector(limit=0),
            auto_decompress=False,
            # A proxy meant for the outside world does not know our neighbours.
            trust_env=not (self._base_url.startswith("http:") and is_private(self._base_url)),
        )


def _parsed(line: bytes) -> dict[str, Any]:
    if not line.strip():
        return {}
    if line.lstrip().startswith(b"<"):
        raise failed("web_page")
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError):
        raise failed("cut_off" if not line.rstrip().endswith(b"}") else "bad_response") from None
    return parsed if isinstance(parsed, dict) else {}
