"""Which processes one webui is made of, and how `manage.py up` starts each of them."""

import socket
import sys
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path

from webui.conf import Settings

# One thread for each mathematics library: on a small machine, spinning threads cost more than they bring.
QUIET = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "ANONYMIZED_TELEMETRY": "False",
    "MALLOC_ARENA_MAX": "2",
    "PYTHONUNBUFFERED": "1",
}
# Threads: what is heavy in a task (parsing, embedding) runs in processes of its own anyway.
WORKER = [
    *("--skip-checks", "--quiet", "-A", "webui.celery", "worker", "-P", "threads", "-c", "2", "-l", "warning"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
]
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, kw_only=True)
class Process:
    """One child of the supervisor, as it is written into the plan."""

    name: str
    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)
    once: list[str] = field(default_factory=list)
    wish: str = ""
    log: str = ""
    after_web: bool = False
    ends_first: bool = False
    patience: float = 8.0


def children(settings: Settings, *, host: str, port: int) -> list[dict[str, object]]:
    """The processes in the order they start; what another server does already is left out."""
    data = settings.data.absolute()
    addresses: dict[str, str] = {}
    web = _python("webui.serve", "--host", host, "--port", str(port))
    patience = settings.drain_seconds + 7  # to store the rest, and to go
    found = [Process(name="web", argv=web, once=["--greet"], ends_first=True, patience=patience)]
    if not settings.chroma_url:
        index_port = free_port()
        addresses["CHROMA_URL"] = f"http://127.0.0.1:{index_port}"
        found.append(Process(name="index", argv=_index(data / "chroma", index_port), log=str(data / "index.log")))
    if not settings.embedder_url:
        # Small until it is asked. Where another server embeds, the panel may still choose a model or a reranker here.
        embedder_port = free_port()
        addresses["WEBUI_EMBEDDER_URL"] = f"http://127.0.0.1:{embedder_port}"
        embedder = _python("knowledge.embedder", "--port", str(embedder_port), "--data", str(data))
        if settings.embedding_model and not settings.embedding_base_url:
            embedder += ["--model", settings.embedding_model]
        found.append(Process(name="embedder", argv=embedder))
    if not settings.voice_url and _has_voice(data / "voice"):
        voice_port = free_port()
        addresses["WEBUI_VOICE_URL"] = f"http://127.0.0.1:{voice_port}"
        voice = _python("chat.voice.local", "--port", str(voice_port), "--models", str(data / "voice"))
        found.append(Process(name="voice", argv=voice))
    found.append(Process(name="worker", argv=_python("celery", *WORKER), after_web=True))
    wish, log = str(data / "demo" / "wanted"), str(data / "demo" / "log")
    found.append(Process(name="toy", argv=_python("webui.demo"), wish=wish, log=log, after_web=True))
    env = QUIET | addresses
    return [asdict(process) | {"env": env | process.env} for process in found]


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _has_voice(folder: Path) -> bool:
    """Whether there are models that hear or speak, and what runs them."""
    ears, voices = any(folder.glob("*/model.bin")), any(folder.glob("*.onnx"))
    return (ears and find_spec("faster_whisper") is not None) or (voices and find_spec("piper") is not None)


def _index(folder: Path, port: int) -> list[str]:
    """Chroma's own server; its command imports far more of Chroma than the server needs."""
    start = "import sys; sys.argv[0] = 'chroma'; import chromadb_rust_bindings as rust; rust.cli(sys.argv)"
    return [sys.executable, "-c", start, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]


def bind_host(settings: Settings) -> str:
    """All interfaces once a public name is allowed; else this machine only."""
    is_local = not settings.base_url and all(name in LOOPBACK for name in settings.allowed_hosts)
    return "127.0.0.1" if is_local else "0.0.0.0"  # noqa: S104  asked for by the setting


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
