"""A scripted OpenAI-compatible server on a real socket: one scenario at a time, and a memory of what it was asked.

    with OpenAIServer() as server:
        server.scenario = "cut_off"
        ...  # talk to server.base_url
        assert server.asked[-1]["messages"][-1]["content"] == "Hello"

`server.scenarios = ["busy", "busy", "normal"]` plays them one after the other and then stays with the last.
`server.say("a", "b")` changes the words; `python -m tests.servers.openai_server 8001 normal` runs it by hand.
"""

import asyncio
import json
import sys
import threading
from collections.abc import Callable

from tests.servers.openai_chunks import SSE, chunk, event, json_answer
from tests.servers.openai_surprises import Surprises
from tests.servers.sockets import Request, SocketServer, response

HTML = b"<!doctype html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>"


class OpenAIServer(Surprises, SocketServer):
    def __init__(self, scenario: str = "normal", models: list | None = None, key: str = "") -> None:
        super().__init__(self._answer)
        self.scenarios = [scenario]
        self.models = [{"id": "qwen", "object": "model"}] if models is None else models
        self.words = ["Hello", ",", " world", "."]
        self.key = key
        self.paths: dict[str, object] = {}  # further JSON documents, by path
        self.pages: dict[str, bytes] = {}  # further HTML pages, by path
        self.prefix = "/v1"
        self.release = threading.Event()
        self.gone = threading.Event()  # the client hung up in the middle of an answer

    @property
    def scenario(self) -> str:
        return self.scenarios[0]

    @scenario.setter
    def scenario(self, name: str) -> None:
        self.scenarios = [name]

    @property
    def base_url(self) -> str:
        return f"{self.address}{self.prefix}"

    @property
    def asked(self) -> list[dict]:
        """The bodies of the chat requests so far."""
        chats = [request for request in list(self.requests) if request.path.endswith("/chat/completions")]
        return [json.loads(request.body) for request in chats]

    def say(self, *words: str) -> None:
        self.words = list(words)

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        path = request.path.partition("?")[0]
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            writer.write(
                json_answer({"error": {"message": f"Incorrect API key: {self.key}", "code": "invalid"}}, "401 No")
            )
        elif path == f"{self.prefix}/chat/completions" and request.method == "POST":
            scenario = self.scenarios.pop(0) if len(self.scenarios) > 1 else self.scenarios[0]
            await getattr(self, f"_{scenario}")(writer, json.loads(request.body))
        elif path == f"{self.prefix}/models" and self.scenario == "hang":
            await self._until_released()
        elif path == f"{self.prefix}/models":
            writer.write(json_answer({"object": "list", "data": self.models}))
        elif path in self.paths:
            writer.write(json_answer(self.paths[path]))
        elif path in self.pages:
            writer.write(response(self.pages[path]))
        else:
            writer.write(json_answer({"detail": "Not Found"}, "404 Not Found"))

    async def _until_released(self) -> None:
        while not self.release.is_set():  # noqa: ASYNC110 - set by the test's thread
            await asyncio.sleep(0.02)

    async def _words(self, writer: asyncio.StreamWriter, pause: float = 0) -> None:
        writer.write(SSE + chunk({"role": "assistant", "content": None}))
        for word in self.words:
            writer.write(chunk({"content": word}))
            try:
                await writer.drain()
                await asyncio.sleep(pause)
            except ConnectionError:
                self.gone.set()
                raise

    async def _normal(self, writer, body) -> None:
        await self._words(writer)
        writer.write(chunk(finish="stop"))
        if (body.get("stream_options") or {}).get("include_usage"):
            writer.write(event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 4}}))
        writer.write(event(b"[DONE]"))

    async def _slow(self, writer, body) -> None:
        await self._words(writer, pause=0.1)
        writer.write(chunk(finish="stop") + event(b"[DONE]"))

    async def _endless(self, writer, body) -> None:
        writer.write(SSE)
        while True:
            try:
                writer.write(chunk({"content": "word " * 200}))
                await writer.drain()
                await asyncio.sleep(0)
                if writer.is_closing():
                    raise ConnectionError
            except ConnectionError:
                self.gone.set()
                raise

    async def _stalled(self, writer, body) -> None:
        """Words, then silence with the connection open."""
        await self._words(writer)
        await self._until_released()

    async def _hang(self, writer, body) -> None:
        await self._until_released()

    async def _pausing(self, writer, body) -> None:
        """Words, a wait for `release`, then the rest."""
        await self._words(writer)
        await self._until_released()
        writer.write(chunk({"content": " Later."}) + chunk(finish="stop") + event(b"[DONE]"))

    async def _reasoning(self, writer, body) -> None:
        writer.write(SSE + chunk({"reasoning_content": "Let me", "content": None}) + chunk({"reasoning": " think."}))
        writer.write(chunk({"content": "42"}) + chunk(finish="stop") + event(b"[DONE]"))

    async def _think_tags(self, writer, body) -> None:
        writer.write(SSE)
        for part in ("\n<th", "ink>\nLet me", " think.\n</thi", "nk>\n\n", "42"):
            writer.write(chunk({"content": part}))
        writer.write(chunk(finish="stop") + event(b"[DONE]"))

    async def _closing_tag_only(self, writer, body) -> None:
        writer.write(SSE + chunk({"content": "Let me think.\n</think>\n\n42"}) + chunk(finish="stop"))

    async def _empty(self, writer, body) -> None:
        writer.write(SSE + chunk({"role": "assistant", "content": ""}) + chunk(finish="stop") + event(b"[DONE]"))

    async def _only_thinks(self, writer, body) -> None:
        writer.write(SSE + chunk({"reasoning_content": "Let me think."}) + chunk({}, "stop") + event("[DONE]"))

    async def _cut_off(self, writer, body) -> None:
        await self._words(writer)

    async def _cut_json(self, writer, body) -> None:
        await self._words(writer)
        writer.write(b'data: {"choices": [{"delta": {"cont')

    async def _reset(self, writer, body) -> None:
        await self._words(writer)
        writer.transport.abort()

    async def _hangs_up(self, writer, body) -> None:
        writer.transport.abort()

    async def _done_without_reason(self, writer, body) -> None:
        await self._words(writer)
        writer.write(event(b"[DONE]"))

    async def _web_page(self, writer, body) -> None:
        writer.write(response(HTML))

    async def _whole_json(self, writer, body) -> None:
        message = {"role": "assistant", "content": "".join(self.words), "tool_calls": None}
        answer = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        writer.write(response(json.dumps(answer, indent=2).encode(), media_type="application/json"))

    async def _garbage(self, writer, body) -> None:
        await self._words(writer)
        writer.write(event(b"{this is not json}") + chunk(finish="stop") + event(b"[DONE]"))

    async def _broken_utf8(self, writer, body) -> None:
        writer.write(SSE + b'data: {"choices":[{"delta":{"content":"a\xff\xfeb"},"finish_reason":"stop"}]}\n\n')

    async def _split_utf8(self, writer, body) -> None:
        writer.write(SSE)
        line = 'data: {"choices":[{"delta":{"content":"🙂好"},"finish_reason":"stop"}]}'.encode()
        for byte in line:  # without a line end
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.001)

    async def _error_inside(self, writer, body) -> None:
        await self._words(writer)
        writer.write(event({"error": {"message": "CUDA out of memory", "type": "server_error"}}))

    async def _odd_shapes(self, writer, body) -> None:
        """Nulls, numbers and lists where text should be, in CRLF lines with comments."""
        writer.write(SSE + b": hello\r\n\r\n" + event(b"null") + event({"choices": []}) + event({"choices": None}))
        writer.write(event({"choices": [{"delta": None}]}) + event({"choices": [{"delta": {"content": 5}}]}))
        writer.write(event({"choices": [{"delta": {"content": {"a": 1}}}]}))
        writer.write(event({"choices": [{"message": {"content": [{"type": "text", "text": "Hi"}]}}]}))
        writer.write(b'event: x\r\nid: 1\r\n\r\n\r\ndata:{"choices":[{"delta":{"content":"\\u0000\\ud83d"}}]}\r\n\r\n')
        writer.write(event({"choices": [{"delta": {"content": "\ude42!"}, "finish_reason": "stop"}]}))
        writer.write(
            event({"choices": [], "usage": {"prompt_tokens": "5", "completion_tokens": -1}}) + event(b"[DONE]")
        )
        writer.write(event(b"[DONE]") + chunk({"content": "after the end"}))

    async def _tools(self, writer, body) -> None:
        writer.write(SSE)
        call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": ""}}
        writer.write(chunk({"tool_calls": [call]}))
        for part in ('{"a"', ": 1}"):
            writer.write(chunk({"tool_calls": [{"function": {"arguments": part}}]}))
        writer.write(chunk(finish="tool_calls") + event(b"[DONE]"))

    async def _wide_line(self, writer, body) -> None:
        writer.write(SSE + b'data: {"choices":[{"delta":{"content":"')
        for _ in range(100):
            writer.write(b"x" * 100_000)
            await writer.drain()

    async def _unzips(self, writer, body) -> None:
        writer.write(response(b"\x1f\x8b\x08", media_type="text/event-stream", Content_Encoding="gzip"))

    async def _big_headers(self, writer, body) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX-Big: " + b"x" * 500_000 + b"\r\n\r\n")

    async def _redirect(self, writer, body) -> None:
        writer.write(response(b"", "302 Found", Location=f"{self.address}/elsewhere"))

    async def _wants_no_stream_options(self, writer, body) -> None:
        if "stream_options" in body:
            detail = [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]
            writer.write(json_answer({"detail": detail}, "422 Unprocessable Entity"))
        else:
            await self._normal(writer, body)

    async def _not_retried(self, writer, body) -> None:
        error = {"error": {"message": "Rate limit reached"}}
        writer.write(json_answer(error, "429 Too Many Requests", Retry_After="3600"))

    async def _limited(self, writer, body) -> None:
        error = {"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}
        writer.write(json_answer(error, "429 Too Many Requests", Retry_After="0.2"))

    async def _busy(self, writer, body) -> None:
        writer.write(json_answer({"error": "server busy"}, "503 Service Unavailable", Retry_After="0.1"))

    async def _no_such_model(self, writer, body) -> None:
        writer.write(json_answer({"error": {"message": "The model `x` does not exist."}}, "404 Not Found"))

    async def _failed_page(self, writer, body) -> None:
        writer.write(response(HTML.replace(b"Please", b"<script>1</script>Please"), "502 Bad Gateway"))

    async def _failed_empty(self, writer, body) -> None:
        writer.write(response(b"", "500 Internal Server Error", media_type=""))

    async def _failed(self, writer, body) -> None:
        writer.write(json_answer({"error": {"message": "Worker died", "code": 500}}, "500 Internal Server Error"))

    async def _too_long(self, writer, body) -> None:
        error = {"code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": 9030, "n_ctx": 4096}
        error["message"] = "request (9030 tokens) exceeds the available context size (4096 tokens)"
        writer.write(json_answer({"error": error}, "400 Bad Request"))


if __name__ == "__main__":
    server = OpenAIServer(*sys.argv[2:3])
    server.port = int(sys.argv[1])
    with server:
        print(server.base_url, flush=True)
        waiting: Callable[[], bool] = threading.Event().wait
        waiting()
