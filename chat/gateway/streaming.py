"""An answer as server-sent events: what is wrong before the first word is an HTTP error, later it is a last event."""

import json
from collections.abc import AsyncGenerator
from typing import Any

from django.http import StreamingHttpResponse

from chat.gateway.errors import ApiProblem
from chat.gateway.running import Run
from chat.gateway.writing import Reply

FIRST = 10.0  # seconds in which a failure still becomes an HTTP error
QUIET = 15.0  # seconds of silence after which a comment keeps proxies from hanging up
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
COMMENT = ": the answer is still being written\n\n"
DONE = "data: [DONE]\n\n"


async def streamed(run: Run, reply: Reply, *, with_usage: bool) -> StreamingHttpResponse:
    """The response, once there is something to say. Raises `ApiProblem`."""
    try:
        begun = await _beginning(run, reply)
    except BaseException:
        await run.close()
        raise
    sent = _events(run, reply, begun, with_usage=with_usage)
    return StreamingHttpResponse(sent, content_type="text/event-stream", headers=HEADERS)


async def _beginning(run: Run, reply: Reply) -> list[dict[str, Any]]:
    """The first chunks; none when the model takes its time."""
    try:
        while given := await run.next(FIRST):
            number, event = given
            if event is not None and (chunks := reply.chunks(number, event)):
                return chunks
    except TimeoutError:
        pass
    return []


async def _events(
    run: Run, reply: Reply, begun: list[dict[str, Any]], *, with_usage: bool
) -> AsyncGenerator[str, None]:
    try:
        if not begun:
            yield COMMENT
        for chunk in begun:
            yield _data(chunk)
        async for text in _rest(run, reply):
            yield text
        if with_usage:
            yield _data(reply.usage_chunk())
    except ApiProblem as problem:
        yield _data(problem.to_wire())
    finally:
        await run.close()
    yield DONE


async def _rest(run: Run, reply: Reply) -> AsyncGenerator[str, None]:
    while True:
        try:
            given = await run.next(QUIET)
        except TimeoutError:
            yield COMMENT
            continue
        if given is None:
            return
        number, event = given
        if event is not None:
            for chunk in reply.chunks(number, event):
                yield _data(chunk)


def _data(content: dict[str, Any]) -> str:
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n"
