"""The `openai` client with our guard in its transport. Importing this costs half a second: import it late."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
from openai import AsyncOpenAI, AsyncStream, DefaultAioHttpClient, Omit

from providers.addresses import is_private
from providers.failures import failed
from providers.wire import Limits, Patience, as_events, capped, guarded


class GuardedBody(httpx2.AsyncByteStream):
    """The body of an answer on its way to the client's parser."""

    def __init__(self, body: Any, limits: Limits) -> None:
        self.patience = Patience(limits)
        self._body = body
        self._read = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        if self._read:  # the client throws away what follows [DONE]
            return aiter(self._body)
        self._read = True
        return as_events(guarded(self._body, self.patience), self.patience.limits.answer)

    async def aclose(self) -> None:
        await self._body.aclose()


class CappedBody(GuardedBody):
    """The body of an error."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return capped(guarded(self._body, self.patience), self.patience.limits.error_body)


class Events(AsyncStream[object]):
    """The client's stream, which also tells whether the server said that it was done."""

    done = False

    async def _iter_events(self) -> AsyncIterator[Any]:
        async for event in super()._iter_events():
            self.done = self.done or event.data.startswith("[DONE]")
            if event.data:  # after an `id:` line the client makes an event of every blank line, and fails to read it
                yield event


def new_client(base_url: str, api_key: str, limits: Limits) -> AsyncOpenAI:
    async def guard(response: httpx2.Response) -> None:
        if response.headers.get("content-encoding", "identity") not in ("", "identity"):
            # We asked for none: a small body that unpacks into a huge one has no business here.
            raise failed("bad_response")
        body = GuardedBody if response.is_success else CappedBody
        response.stream = body(response.stream, limits)

    http_client = DefaultAioHttpClient(
        follow_redirects=False,  # the key is for this host alone
        timeout=httpx2.Timeout(connect=limits.connect, read=limits.first, write=60, pool=limits.connect),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20),
        event_hooks={"response": [guard]},
        # A proxy meant for the outside world does not know our neighbours.
        trust_env=not (base_url.startswith("http:") and is_private(base_url)),
    )
    return AsyncOpenAI(
        base_url=base_url,
        api_key=api_key or "none",
        organization="",
        project="",
        max_retries=0,
        http_client=http_client,
    )


async def open_stream(client: AsyncOpenAI, body: dict[str, Any], *, with_key: bool) -> Events:
    """Ask, and give plain objects: parsing into the client's own classes costs three times as much."""
    headers: dict[str, str | Omit] = {"Accept-Encoding": "identity", "Accept": "text/event-stream, application/json"}
    headers |= {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}
    if not with_key:
        # A blank key sends no header at all, whatever the environment holds.
        headers["Authorization"] = Omit()
    return await client.post(
        "/chat/completions",
        body=body,
        cast_to=object,
        stream=True,
        stream_cls=Events,
        options={"headers": headers},
    )


def patience_of(stream: Events) -> Patience | None:
    body = stream.response.stream
    return body.patience if isinstance(body, GuardedBody) else None
