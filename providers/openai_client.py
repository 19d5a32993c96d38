"""The `openai` client over our own transport. Importing this costs half a second: import it late."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, cast

import httpx2
from openai import AsyncOpenAI, Omit

from providers.transport import error_text, new_session, post
from providers.wire import Limits

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession
    from openai._models import FinalRequestOptions


class ErrorText(httpx2.AsyncByteStream):
    """What the client reads, which it does only of errors; good answers are read by us."""

    def __init__(self, response: "ClientResponse", limits: Limits) -> None:
        self._response = response
        self._limits = limits

    def __aiter__(self) -> AsyncIterator[bytes]:
        return error_text(self._response, self._limits)

    async def aclose(self) -> None:
        self._response.close()


class Transport(httpx2.AsyncBaseTransport):
    """aiohttp under the client: half the cost of its own, and all our guards."""

    def __init__(self, base_url: str, limits: Limits) -> None:
        self._base_url = base_url
        self._limits = limits
        self._session: ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._session is None:
            # Every request has the same headers: given once, they are not read anew each time.
            headers = {name: value for name, value in request.headers.items() if name != "content-length"}
            self._session = new_session(self._base_url, self._limits, headers)
        response = await post(self._session, str(request.url), request.content, self._limits)
        return httpx2.Response(
            response.status,
            headers=response.raw_headers,
            stream=ErrorText(response, self._limits),
            request=request,
            extensions={"answer": response},
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


class Client(AsyncOpenAI):
    """Composes its request once: address, key and headers are the same for every question of a connection."""

    _composed: httpx2.Request | None = None

    def _build_request(self, options: "FinalRequestOptions", *, retries_taken: int = 0) -> httpx2.Request:
        if self._composed is None:
            self._composed = super()._build_request(options, retries_taken=retries_taken)
            del self._composed.headers["Content-Length"]
        composed, content = self._composed, cast(bytes, options.content)
        return httpx2.Request(composed.method, composed.url, headers=composed.headers, content=content)


def new_client(base_url: str, api_key: str, limits: Limits) -> Client:
    return Client(
        base_url=base_url,
        api_key=api_key or "none",
        organization="",
        project="",
        max_retries=0,
        http_client=httpx2.AsyncClient(
            transport=Transport(base_url, limits), follow_redirects=False, trust_env=False, timeout=None
        ),
    )


async def ask(client: Client, body: bytes, *, with_key: bool) -> "ClientResponse":
    """Ask, and give the answer unread: parsing into the client's own classes costs three times as much."""
    headers: dict[str, str | Omit] = {
        "Accept-Encoding": "identity",
        "Accept": "text/event-stream, application/json",
        "Content-Type": "application/json",
        "OpenAI-Organization": Omit(),
        "OpenAI-Project": Omit(),
    }
    if not with_key:
        # A blank key sends no header at all, whatever the environment holds.
        headers["Authorization"] = Omit()
    answer: httpx2.Response = await client.post(
        "/chat/completions",
        content=body,
        cast_to=httpx2.Response,
        stream=True,
        options={"headers": headers},
    )
    return cast("ClientResponse", answer.extensions["answer"])
