"""The way to a model server: by which proxy, and never to where a cloud keeps its credentials."""

import asyncio
import contextlib
import re

import pytest

from providers import transport
from providers.failures import AnswerFailed
from providers.openai_compatible import OpenAIProvider
from providers.transport import new_session, post
from providers.wire import Limits
from tests.providers.answers import answer_of
from tests.servers.openai_chunks import DONE, chunk
from tests.servers.openai_server import OpenAIServer
from tests.servers.sockets import SocketServer, response
from tests.waiting import eventually_async


@pytest.mark.parametrize(
    ("url", "proxied"),
    [
        ("http://api.example.org/v1", True),
        ("http://no.example.org/v1", False),
        ("http://gpu-box:8000/v1", False),
        ("http://192.168.1.5:8000/v1", False),
    ],
)
async def test_a_proxy_is_for_the_outside_world(monkeypatch, url, proxied):
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example.org:3128")
    monkeypatch.setenv("no_proxy", "no.example.org")
    assert (transport._proxy_for(url) is not None) == proxied


async def test_what_goes_through_a_proxy_carries_the_question(monkeypatch):
    async def relayed(request, writer):
        writer.write(response(request.path.encode(), media_type="text/plain"))

    with SocketServer(relayed) as proxy:
        monkeypatch.setenv("http_proxy", proxy.address)
        monkeypatch.setenv("no_proxy", "")
        session = new_session("http://api.example.org/v1", Limits(), {"Authorization": "Bearer sk-1"})
        answer = await post(session, "http://api.example.org/v1/chat/completions", b"{}", Limits())
        assert await answer.text() == "http://api.example.org/v1/chat/completions"
        assert proxy.requests[0].headers["authorization"] == "Bearer sk-1"
        await session.close()


async def test_a_name_that_leads_to_a_clouds_credentials_is_not_followed(monkeypatch):
    async def leads_there(*_args, **_kwargs):
        return [(2, 1, 6, "", ("169.254.169.254", 80))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", leads_there)
    session = new_session("http://gpu-box/v1", Limits(connect=0.5), {})
    with pytest.raises(AnswerFailed) as caught:
        await post(session, "http://gpu-box/v1/chat/completions", b"{}", Limits(connect=0.5))
    assert caught.value.failure.code == "unreachable"
    await session.close()


async def test_a_crowd_is_read_less_often_and_misses_nothing(monkeypatch):
    monkeypatch.setattr(transport, "_MANY", 0)
    rests = []
    monkeypatch.setattr(transport, "_PAUSE_EACH", 0.001)
    rest = transport.Body._rest
    monkeypatch.setattr(transport.Body, "_rest", lambda body: rests.append(body) or rest(body))
    with OpenAIServer("slow") as server:
        server.say(*"abcdefgh")
        provider = OpenAIProvider(server.base_url)
        answers = await asyncio.gather(*(answer_of(provider) for _ in range(5)))
        await provider.close()
    assert {answer.text for answer in answers} == {"abcdefgh"}
    assert rests, "nobody rested"


async def test_a_connection_is_kept_for_the_next_question():
    """Many servers send the end of the body after the last event; a new connection may cost a handshake."""
    connections = []
    body = chunk({"content": "Hello"}, finish="stop") + DONE

    async def serve(reader, writer):
        connections.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(re.search(rb"content-length: (\d+)", head, re.IGNORECASE)[1])
                await reader.readexactly(length)
                writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                writer.write(b"%x\r\n%s\r\n" % (len(body), body))
                await writer.drain()
                await asyncio.sleep(0.05)
                writer.write(b"0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1") as server:
        provider = OpenAIProvider(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        for _ in range(3):
            assert (await answer_of(provider)).text == "Hello"
            await eventually_async(lambda: _idle(provider) == 1)
        await provider.close()
        assert len(connections) == 1


def _idle(provider) -> int:
    """The connections that wait for another question."""
    connector = provider._session.connector
    return sum(len(kept) for kept in connector._conns.values())
