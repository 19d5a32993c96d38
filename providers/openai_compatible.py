"""Any server that speaks OpenAI's chat completions, by the `openai` client's cheap path. Raises `ProviderError`."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from providers.base import ChatRequest, FinishPiece, Piece, ProviderError, TextPiece

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class OpenAIProvider:
    def __init__(self, base_url: str, api_key: str = "") -> None:
        self._base_url = base_url
        self._api_key = api_key
        self._client: AsyncOpenAI | None = None

    async def stream(self, request: ChatRequest) -> AsyncIterator[Piece]:
        from openai import AsyncStream, Omit, OpenAIError

        messages = [{"role": m.role, "content": m.content, **m.extra} for m in request.messages]
        body: dict[str, Any] = {**request.params, "model": request.model, "messages": messages, "stream": True}
        finish = None
        try:
            stream = await self._connected().post(
                "/chat/completions",
                body=body,
                cast_to=object,
                stream=True,
                stream_cls=AsyncStream[object],
                # A blank key sends no header at all, whatever the environment holds.
                options={} if self._api_key else {"headers": {"Authorization": Omit()}},
            )
            async with stream:
                async for chunk in stream:
                    choice = (chunk.get("choices") or [{}])[0] if isinstance(chunk, dict) else {}
                    if text := (choice.get("delta") or {}).get("content"):
                        yield TextPiece(text=text)
                    finish = choice.get("finish_reason") or finish
        except OpenAIError as error:
            raise ProviderError(str(error), code="bad_response") from None
        if not finish:
            raise ProviderError("The answer was cut off.", code="cut_off", retryable=True)
        yield FinishPiece(reason=finish)

    async def close(self) -> None:
        if self._client:
            await self._client.close()

    def _connected(self) -> "AsyncOpenAI":
        from openai import AsyncOpenAI, DefaultAioHttpClient

        if self._client is None:
            self._client = AsyncOpenAI(
                base_url=self._base_url,
                api_key=self._api_key or "none",
                max_retries=0,
                http_client=DefaultAioHttpClient(follow_redirects=False),
            )
        return self._client
