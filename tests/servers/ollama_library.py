"""The part of the scripted Ollama that keeps models: lists, pulls, blobs hashed for real, create, copy, delete."""

import asyncio
import hashlib
import json
import threading

from tests.servers.sockets import response

NDJSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n"
CHATML = "{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
MODELS = {
    "qwen3:8b": {"capabilities": ["completion", "tools", "thinking"], "qwen3.context_length": 40960},
    "llava:7b": {"capabilities": ["completion", "vision"], "llama.context_length": 4096},
    "nomic-embed-text:latest": {"capabilities": ["embedding"], "nomic-bert.context_length": 2048},
}
MISSING_BLOB = "blob not found"


def answer(document: object, status: str = "200 OK") -> bytes:
    return response(json.dumps(document).encode(), status, media_type="application/json; charset=utf-8")


def status(text: str, **fields: object) -> bytes:
    return json.dumps({"status": text, **fields}).encode() + b"\n"


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def full(name: str) -> str:
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


class OllamaLibrary:
    """Models by name, each a dict of facts: `capabilities`, `template`, and what goes into `model_info`."""

    def __init__(self, models: dict | None) -> None:
        self.models = {name: dict(facts) for name, facts in (MODELS if models is None else models).items()}
        self.blobs: dict[str, bytes] = {}
        self.pulls = "normal"  # or slow, fails, unknown
        self.pulled: list[str] = []  # names that were asked for
        self.created: list[dict] = []  # bodies of /api/create
        self.finish_pull = threading.Event()
        self.pull_left = threading.Event()  # whoever asked for a pull hung up

    async def manage(self, method: str, path: str, body: bytes, writer) -> bool:
        """Whether this was one of the routes here."""
        given = json.loads(body) if body and not path.startswith("/api/blobs/") else {}
        match method, path.split("/")[1:]:
            case "GET", ["api", "tags"]:
                writer.write(answer({"models": [self._tag(name) for name in self.models]}))
            case "POST", ["api", "show"]:
                writer.write(self._shown(given.get("model") or given.get("name")))
            case "POST", ["api", "pull" | "push"]:
                await getattr(self, f"_pull_{self.pulls}")(given["model"], writer)
            case "DELETE", ["api", "delete"]:
                gone = self.models.pop(full(given["model"]), None)
                writer.write(answer({}) if gone else self._unknown(given["model"]))
            case "POST", ["api", "copy"]:
                writer.write(self._copied(given["source"], given["destination"]))
            case "POST", ["api", "create"]:
                writer.write(self._create(given))
            case "HEAD" | "POST", ["api", "blobs", digest]:
                writer.write(self._blob(method, digest, body))
            case _:
                return False
        return True

    def _tag(self, name: str) -> dict:
        facts = self.models[name]
        return {
            "name": name,
            "model": name,
            "modified_at": "2026-10-01T12:00:00Z",
            "size": facts.get("size", 4_900_000_000),
            "digest": facts.get("digest") or hashlib.sha256(name.encode()).hexdigest(),
            "details": {
                "format": "gguf",
                "family": "x",
                "families": ["x"],
                "parameter_size": facts.get("parameters", "8.2B"),
                "quantization_level": facts.get("quantization", "Q4_K_M"),
            },
        }

    def _shown(self, name: str) -> bytes:
        if full(name) not in self.models:
            return self._unknown(name)
        facts = self.models[full(name)]
        info = {key: value for key, value in facts.items() if key.endswith(".context_length")}
        shown = {
            "modelfile": f"FROM /root/.ollama/models/blobs/sha256-{'0' * 64}",
            "parameters": facts.get("settings", 'stop                           "<|im_end|>"'),
            "template": facts.get("template", CHATML),
            "system": facts.get("system", ""),
            "details": self._tag(full(name))["details"],
            "model_info": {"general.architecture": "x", **info},
            "capabilities": facts.get("capabilities", []),
            "modified_at": "2026-10-01T12:00:00Z",
        }
        return answer(shown | ({"renderer": facts["renderer"]} if "renderer" in facts else {}))

    async def _pull_normal(self, name: str, writer) -> None:
        self.pulled.append(name)
        layer = digest_of(name.encode())
        writer.write(NDJSON + status("pulling manifest"))
        for completed in (None, 400, 1000):
            done = {} if completed is None else {"completed": completed}
            writer.write(status(f"pulling {layer[7:19]}", digest=layer, total=1000, **done))
        self.models.setdefault(full(name), {"capabilities": ["completion"], "x.context_length": 8192})
        for text in ("verifying sha256 digest", "writing manifest", "success"):
            writer.write(status(text))

    async def _pull_slow(self, name: str, writer) -> None:
        """Half of it, and then nothing new until `finish_pull`."""
        writer.write(NDJSON + status("pulling manifest"))
        half = status("pulling aaaa", digest=digest_of(b"a"), total=8_000_000_000, completed=4_000_000_000)
        try:
            while not self.finish_pull.is_set():
                writer.write(half)
                await writer.drain()
                if writer.is_closing():
                    raise ConnectionResetError
                await asyncio.sleep(0.02)
        except ConnectionError:
            self.pull_left.set()
            return
        self.pulled.append(name)
        self.models.setdefault(full(name), {"capabilities": ["completion"]})
        writer.write(status("success"))

    async def _pull_fails(self, name: str, writer) -> None:
        self.pulled.append(name)
        writer.write(NDJSON + status("pulling manifest"))
        writer.write(b'{"error":"write /root/.ollama/models/blobs/sha256-1: no space left on device"}\n')

    async def _pull_unknown(self, name: str, writer) -> None:
        self.pulled.append(name)
        writer.write(NDJSON + status("pulling manifest") + b'{"error":"pull model manifest: file does not exist"}\n')

    def _copied(self, source: str, destination: str) -> bytes:
        if full(source) not in self.models:
            return self._unknown(source)
        self.models[full(destination)] = dict(self.models[full(source)])
        return answer({})

    def _create(self, body: dict) -> bytes:
        self.created.append(body)
        files = {**body.get("files", {}), **body.get("adapters", {})}
        if any(digest not in self.blobs for digest in files.values()):
            return answer({"error": MISSING_BLOB}, "400 Bad Request")
        if not body.get("files") and full(body.get("from", "")) not in self.models:
            return self._unknown(body.get("from", ""))
        facts = dict(self.models.get(full(body.get("from", "")), {"capabilities": ["completion"], "template": ""}))
        facts |= {key: body[key] for key in ("template", "system") if key in body}
        self.models[full(body["model"])] = facts
        if body.get("stream") is False:
            return answer({"status": "success"})
        steps = ["parsing GGUF", "using existing layer", "writing manifest", "success"]
        return NDJSON + b"".join(map(status, steps))

    def _blob(self, method: str, digest: str, data: bytes) -> bytes:
        if method == "HEAD":
            return response(b"", "200 OK" if digest in self.blobs else "404 Not Found")
        if digest_of(data) != digest:
            return answer({"error": f"digest mismatch, expected {digest}"}, "400 Bad Request")
        self.blobs[digest] = data
        return response(b"", "201 Created")

    def _unknown(self, name: str) -> bytes:
        return answer({"error": f"model '{name}' not found"}, "404 Not Found")
