"""A scripted Ollama on a real socket: tags, show, version, chat; one scenario at a time, remembering what it was asked.

with OllamaServer() as server:
    server.scenario = "error_inside"
    ...  # talk to server.address
    assert server.asked[-1]["options"]["num_ctx"] == 4096
"""

import asyncio
import json
import sys
import threading

from tests.servers.sockets import Request, SocketServer, response

NDJSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n"
MODELS = {
    "qwen3:8b": {"capabilities": ["completion", "tools", "thinking"], "qwen3.context_length": 40960},
    "llava:7b": {"capabilities": ["completion", "vision"], "llama.context_length": 4096},
    "nomic-embed-text:latest": {"capabilities": ["embedding"], "nomic-bert.context_length": 2048},
}


def line(**fields: object) -> bytes:
    return json.dumps({"model": "m", "created_at": "2026-01-01T00:00:00Z", "done": False, **fields}).encode() + b"\n"


def said(text: str = "", **fields: object) -> bytes:
    return line(message={"role": "assistant", "content": text, **fields})


def end(reason: str = "stop", **fields: object) -> bytes:
    counts = {"prompt_eval_count": 7, "eval_count": 4, "total_duration": 10**9, "eval_duration": 10**8}
    return line(message={"role": "assistant", "content": ""}, done=True, done_reason=reason, **counts, **fields)


class OllamaServer(SocketServer):
    def __init__(self, scenario: str = "normal", models: dict | None = None) -> None:
        super().__init__(self._answer)
        self.scenarios = [scenario]
        self.models = MODELS if models is None else models
        self.words = ["Hello", ",", " world", "."]
        self.loaded: list[str] | None = []  # the models in memory; None: it does not tell
        self.release = threading.Event()
        self.gone = threading.Event()

    @property
    def scenario(self) -> str:
        return self.scenarios[0]

    @scenario.setter
    def scenario(self, name: str) -> None:
        self.scenarios = [name]

    @property
    def asked(self) -> list[dict]:
        """The bodies of the chat requests so far."""
        return [json.loads(request.body) for request in list(self.requests) if request.path == "/api/chat"]

    def say(self, *words: str) -> None:
        self.words = list(words)

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        match request.method, request.path:
            case "POST", "/api/chat":
                scenario = self.scenarios.pop(0) if len(self.scenarios) > 1 else self.scenarios[0]
                await getattr(self, f"_{scenario}")(writer, json.loads(request.body))
            case "POST", "/api/show":
                writer.write(self._shown(json.loads(request.body)["model"]))
            case "GET", "/api/tags":
                tags = [{"name": name, "model": name, "details": {"family": "x"}} for name in self.models]
                writer.write(_json({"models": tags}))
            case "GET", "/api/ps" if self.loaded is None:
                await self._hang(writer, None)
            case "GET", "/api/ps":
                writer.write(_json({"models": [{"name": name, "model": name} for name in self.loaded]}))
            case "GET", "/api/version":
                writer.write(_json({"version": "0.20.1"}))
            case "GET", "/v1/models":
                writer.write(_json({"data": [{"id": name, "owned_by": "library"} for name in self.models]}))
            case "GET", "/":
                writer.write(response(b"Ollama is running", media_type="text/plain"))
            case _:
                writer.write(response(b"404 page not found", "404 Not Found", media_type="text/plain"))

    def _shown(self, name: str) -> bytes:
        if name not in self.models:
            return _json({"error": f"model '{name}' not found"}, "404 Not Found")
        facts = dict(self.models[name])
        capabilities = facts.pop("capabilities", [])
        return _json(
            {"capabilities": capabilities, "model_info": {"general.architecture": "x", **facts}, "template": ""}
        )

    async def _normal(self, writer, body) -> None:
        writer.write(NDJSON + b"".join(said(word) for word in self.words) + end())

    async def _thinking(self, writer, body) -> None:
        writer.write(NDJSON + said(thinking="Let me") + said(thinking=" think.") + said("42") + end())

    async def _tools(self, writer, body) -> None:
        call = {"function": {"name": "look", "arguments": {"city": "Oslo"}}}
        writer.write(NDJSON + said(tool_calls=[call]) + said(tool_calls=[call]) + end())

    async def _long(self, writer, body) -> None:
        writer.write(NDJSON + said("Hello") + end("length"))

    async def _error_inside(self, writer, body) -> None:
        writer.write(NDJSON + said("Hello") + b'{"error":"llama runner process has terminated"}\n')

    async def _cut_off(self, writer, body) -> None:
        writer.write(NDJSON + said("Hello") + said("lost")[:20])

    async def _empty(self, writer, body) -> None:
        writer.write(NDJSON + end())

    async def _stalled(self, writer, body) -> None:
        writer.write(NDJSON + said("Hello"))
        await self._hang(writer, body)

    async def _hang(self, writer, body) -> None:
        await writer.drain()
        while not self.release.is_set():  # noqa: ASYNC110 - set by the test's thread
            await asyncio.sleep(0.02)

    async def _late(self, writer, body) -> None:
        """Nothing until `release`, as while a model is loaded; then the answer."""
        await self._hang(writer, body)
        await self._normal(writer, body)

    async def _only_thought(self, writer, body) -> None:
        writer.write(NDJSON + said(thinking="Hm.") + end("length"))

    async def _nonsense(self, writer, body) -> None:
        writer.write(NDJSON + said("Hello") + b"{nonsense}\n" + end())

    async def _wide_line(self, writer, body) -> None:
        writer.write(NDJSON + b'{"message":{"content":"' + b"x" * 2_000_000)

    async def _split_utf8(self, writer, body) -> None:
        writer.write(NDJSON)
        for byte in said("🙂好").replace(b"\\ud83d\\ude42\\u597d", "🙂好".encode()) + end().rstrip(b"\n"):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.0005)

    async def _unzips(self, writer, body) -> None:
        writer.write(response(b"\x1f\x8b\x08", media_type="application/x-ndjson", Content_Encoding="gzip"))

    async def _web_page(self, writer, body) -> None:
        writer.write(response(b"<html>Please sign in</html>"))

    async def _redirect(self, writer, body) -> None:
        writer.write(response(b"", "302 Found", Location=f"{self.address}/elsewhere"))

    async def _hangs_up(self, writer, body) -> None:
        writer.transport.abort()

    async def _endless(self, writer, body) -> None:
        writer.write(NDJSON)
        try:
            while not writer.is_closing():
                writer.write(said("word " * 200))
                await writer.drain()
                await asyncio.sleep(0)
        except ConnectionError:
            pass
        self.gone.set()

    async def _busy(self, writer, body) -> None:
        error = {"error": "server busy, please try again.  maximum pending requests exceeded"}
        writer.write(_json(error, "503 Service Unavailable"))

    async def _not_pulled(self, writer, body) -> None:
        writer.write(_json({"error": f"model '{body['model']}' not found"}, "404 Not Found"))

    async def _cannot_think(self, writer, body) -> None:
        if "think" in body:
            writer.write(_json({"error": f'"{body["model"]}" does not support thinking'}, "400 Bad Request"))
        else:
            await self._normal(writer, body)

    async def _too_long(self, writer, body) -> None:
        error = {"error": "the input length exceeds the context length"}
        writer.write(_json(error, "400 Bad Request"))


def _json(document: object, status: str = "200 OK") -> bytes:
    return response(json.dumps(document).encode(), status, media_type="application/json")


if __name__ == "__main__":
    server = OllamaServer()
    server.port = int(sys.argv[1])
    with server:
        print(server.address, flush=True)
        threading.Event().wait()
