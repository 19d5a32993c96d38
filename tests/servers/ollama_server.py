"""A scripted Ollama on a real socket: one scenario at a time for answers, remembering what it was asked.

with OllamaServer() as server:
    server.scenario = "error_inside"
    ...  # talk to server.address
    assert server.asked[-1]["options"]["num_ctx"] == 4096

It loads models as Ollama does: another `num_ctx` than the loaded one is a new entry in `loads`. Too long a prompt is an
error when `truncate` is false, and otherwise, or in the scenario `cuts_silently`, cut without a word.
"""

import asyncio
import json
import sys
import threading

from tests.servers.ollama_library import NDJSON, OllamaLibrary, answer, full
from tests.servers.sockets import Request, SocketServer, response

USUAL_WINDOW = 4096


def line(**fields: object) -> bytes:
    return json.dumps({"model": "m", "created_at": "2026-01-01T00:00:00Z", "done": False, **fields}).encode() + b"\n"


def said(text: str = "", **fields: object) -> bytes:
    return line(message={"role": "assistant", "content": text, **fields})


def end(reason: str = "stop", **fields: object) -> bytes:
    counts = {"prompt_eval_count": 7, "eval_count": 4}
    durations = {"load": 2 * 10**8, "prompt_eval": 5 * 10**7, "eval": 10**8, "total": 10**9}
    told = counts | {f"{name}_duration": value for name, value in durations.items()} | fields
    return line(message={"role": "assistant", "content": ""}, done=True, done_reason=reason, **told)


class OllamaServer(OllamaLibrary, SocketServer):
    def __init__(self, scenario: str = "normal", models: dict | None = None) -> None:
        SocketServer.__init__(self, self._answer)
        OllamaLibrary.__init__(self, models)
        self.scenarios = [scenario]
        self.words = ["Hello", ",", " world", "."]
        self.loaded: list[str] | None = []  # the models in memory; None: it does not tell
        self.windows: dict[str, int] = {}  # with which window they are
        self.loads: list[tuple[str, int]] = []
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
        return self.asked_at("/api/chat")

    def asked_at(self, path: str) -> list[dict]:
        return [json.loads(request.body) for request in list(self.requests) if request.path == path]

    def say(self, *words: str) -> None:
        self.words = list(words)

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if await self.manage(request.method, request.path, request.body, writer):
            return
        match request.method, request.path:
            case "POST", "/api/chat" | "/api/generate":
                await self._said(writer, json.loads(request.body), request.path)
            case "POST", "/api/embed":
                body = json.loads(request.body)
                texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
                vectors = [[float(len(text)), 1.0] for text in texts]
                writer.write(answer({"model": body["model"], "embeddings": vectors, "prompt_eval_count": 3}))
            case "POST", "/api/embeddings":
                writer.write(answer({"embedding": [float(len(json.loads(request.body)["prompt"])), 1.0]}))
            case "GET", "/api/ps" if self.loaded is None:
                await self._hang(writer, None)
            case "GET", "/api/ps":
                writer.write(answer({"models": [self._in_memory(name) for name in self.loaded]}))
            case "GET", "/api/version":
                writer.write(answer({"version": "0.20.1"}))
            case "GET", "/v1/models":
                writer.write(answer({"data": [{"id": name, "owned_by": "library"} for name in self.models]}))
            case "GET" | "HEAD", "/":
                writer.write(response(b"Ollama is running", media_type="text/plain"))
            case _:
                writer.write(response(b"404 page not found", "404 Not Found", media_type="text/plain"))

    def _in_memory(self, name: str) -> dict:
        told = self._tag(full(name)) if full(name) in self.models else {}
        window = {"context_length": self.windows[full(name)]} if full(name) in self.windows else {}
        size = {"size": 6_100_000_000, "size_vram": 5_200_000_000, "expires_at": "2026-10-01T12:05:00Z"}
        return {**told, "name": name, "model": name, **size, **window}

    async def _said(self, writer, body: dict, path: str) -> None:
        name = full(body["model"])
        if not (body.get("messages") or body.get("prompt")):
            leaves = body.get("keep_alive") == 0
            self.loaded = [other for other in self.loaded or [] if other != name] + ([] if leaves else [name])
            nothing = {"response": "", "message": {"role": "assistant", "content": ""}, "model": body["model"]}
            writer.write(answer({**nothing, "done": True, "done_reason": "unload" if leaves else "load"}))
            return
        scenario = self.scenarios.pop(0) if len(self.scenarios) > 1 else self.scenarios[0]
        if path == "/api/generate":
            scenario = f"generate_{scenario}"
        await getattr(self, f"_{scenario}")(writer, body)

    def _taken_in(self, body: dict, most: int | None = None) -> tuple[int, bool]:
        """(prompt tokens that the model sees, whether all), after loading it with the window wished for."""
        name = full(body["model"])
        window = most or body.get("options", {}).get("num_ctx") or USUAL_WINDOW
        if self.loaded is not None and (name not in self.loaded or self.windows.get(name) != window):
            self.loads.append((body["model"], window))
            self.windows[name] = window
            if not {name, body["model"]} & set(self.loaded):
                self.loaded = [*self.loaded, name]
        tokens = max(7, len(json.dumps(body.get("messages") or body.get("prompt"), ensure_ascii=False)) // 4 - 4)
        return min(tokens, window), tokens <= window

    async def _normal(self, writer, body) -> None:
        seen, whole = self._taken_in(body)
        if not whole and body.get("truncate") is False:
            await self._too_long(writer, body)
        elif body.get("stream", True):
            writer.write(NDJSON + b"".join(said(word) for word in self.words) + end(prompt_eval_count=seen))
        else:
            last = json.loads(end(prompt_eval_count=seen))
            message = {"role": "assistant", "content": "".join(self.words)}
            writer.write(answer(last | {"model": body["model"], "message": message}))

    async def _generate_normal(self, writer, body) -> None:
        seen, _whole = self._taken_in(body)
        last = json.loads(end(prompt_eval_count=seen)) | {"response": ""}
        if body.get("stream", True):
            writer.write(NDJSON + b"".join(line(response=word) for word in self.words) + line(**last))
        else:
            writer.write(answer(last | {"response": "".join(self.words)}))

    async def _cuts_silently(self, writer, body) -> None:
        """As old versions and some engines do: 4096 tokens at most, whatever was asked, and no word about it."""
        seen, _whole = self._taken_in(body, USUAL_WINDOW)
        writer.write(NDJSON + b"".join(said(word) for word in self.words) + end(prompt_eval_count=seen))

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
        writer.write(answer(error, "503 Service Unavailable"))

    async def _not_pulled(self, writer, body) -> None:
        writer.write(answer({"error": f"model '{body['model']}' not found"}, "404 Not Found"))

    async def _cannot_think(self, writer, body) -> None:
        if "think" in body:
            writer.write(answer({"error": f'"{body["model"]}" does not support thinking'}, "400 Bad Request"))
        else:
            await self._normal(writer, body)

    async def _too_long(self, writer, body) -> None:
        error = {"error": "the input length exceeds the context length"}
        writer.write(answer(error, "400 Bad Request"))


if __name__ == "__main__":
    server = OllamaServer()
    server.port = int(sys.argv[1])
    with server:
        print(server.address, flush=True)
        threading.Event().wait()
