"""What a server says about its models, read from any of the lists that servers give. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

_MAKERS = {
    "vllm": "vLLM",
    "swift": "SWIFT",
    "llamacpp": "llama.cpp",
    "organization_owner": "LM Studio",
    "library": "Ollama",
    "openai": "OpenAI",
    "system": "OpenAI",
    "openai-internal": "OpenAI",
}
_EMBEDDING = re.compile(
    r"(?:^|[-_/.: ])(?:embed(?:ding|dings|der)?|bge|e5|gte|minilm|m3e|stella|mxbai|jina-embeddings)(?:[-_/.: ]|\d|$)",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"(?:^|[-_/.: ])(?:whisper|tts|dall-e|stable-diffusion|sdxl|flux|rerank(?:er)?|moderation|kokoro|piper|bark|clip"
    r"|sora|transcribe|imagen|gpt-image|musicgen)(?:[-_/.: ]|\d|$)",
    re.IGNORECASE,
)
_EMBEDDING_TYPES = {"embedding", "embeddings", "text-embedding", "feature-extraction", "embed"}
_CHAT_TYPES = {"llm", "vlm", "chat", "text-generation", "chat-completion", "language"}
_WINDOWS = ("max_model_len", "loaded_context_length", "context_length", "context_window", "max_context_length")
_LARGEST_WINDOW = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundModel:
    name: str
    kind: Literal["chat", "embedding", "other"] = "chat"
    window: int | None = None
    capabilities: tuple[str, ...] = field(default=())


def listed_models(document: object) -> tuple[FoundModel, ...] | None:
    """The models of a GET /models, each once; None when the document is no such list."""
    entries: object = document
    if isinstance(document, dict):
        entries = next((document[key] for key in ("data", "models") if isinstance(document.get(key), list)), None)
    if not isinstance(entries, list):
        return None
    found = [model for entry in entries[:5000] if (model := _listed(entry))]
    return tuple({model.name: model for model in found}.values())


def product_of(document: object) -> str:
    """The name of the product that made the list, '' when it does not tell."""
    entries = document.get("data") if isinstance(document, dict) else None
    owners = [str(entry.get("owned_by", "")) for entry in entries or () if isinstance(entry, dict)]
    return _MAKERS.get(owners[0].lower(), "") if owners else ""


def shown_model(name: str, document: object) -> FoundModel:
    """A model by Ollama's /api/show."""
    shown = document if isinstance(document, dict) else {}
    info = shown.get("model_info")
    facts: Mapping[str, Any] = info if isinstance(info, dict) else {}
    window = next((value for key, value in facts.items() if key.endswith(".context_length")), None)
    capabilities = tuple(str(one) for one in shown.get("capabilities") or ())
    if "completion" in capabilities:
        kind: Literal["chat", "embedding", "other"] = "chat"
    else:
        kind = "embedding" if "embedding" in capabilities else _kind_by_name(name)
    return FoundModel(name=name, kind=kind, window=_window(window), capabilities=capabilities)


def with_facts(models: Iterable[FoundModel], others: Iterable[FoundModel]) -> tuple[FoundModel, ...]:
    """The models with what a second list of the same server knows better."""
    known = {model.name: model for model in others}
    return tuple(_with(model, known.get(model.name)) for model in models)


def with_window(models: Iterable[FoundModel], document: object) -> tuple[FoundModel, ...]:
    """The models of a llama.cpp server with the window of its /props, which counts for each conversation."""
    settings = document.get("default_generation_settings") if isinstance(document, dict) else None
    window = _window(settings.get("n_ctx")) if isinstance(settings, dict) else None
    return tuple(replace(model, window=window or model.window) for model in models)


def _with(model: FoundModel, other: FoundModel | None) -> FoundModel:
    return replace(model, kind=other.kind, window=other.window or model.window) if other else model


def _listed(entry: object) -> FoundModel | None:
    if isinstance(entry, str):
        entry = {"id": entry}
    if not isinstance(entry, dict):
        return None
    name = next((entry[key] for key in ("id", "name", "model") if isinstance(entry.get(key), str)), "").strip()
    if not name or len(name) > 300 or not name.isprintable():
        return None
    return FoundModel(name=name, kind=_kind(name, entry), window=_listed_window(entry))


def _kind(name: str, entry: Mapping[str, Any]) -> Literal["chat", "embedding", "other"]:
    told = {str(entry.get(key, "")).lower() for key in ("type", "task", "model_type", "pipeline_tag")}
    if told & _EMBEDDING_TYPES:
        return "embedding"
    return "chat" if told & _CHAT_TYPES else _kind_by_name(name)


def _kind_by_name(name: str) -> Literal["chat", "embedding", "other"]:
    if _OTHER.search(name):
        return "other"
    return "embedding" if _EMBEDDING.search(name) else "chat"


def _listed_window(entry: Mapping[str, Any]) -> int | None:
    meta = entry.get("meta")
    values = [entry.get(key) for key in _WINDOWS]
    values.append(meta.get("n_ctx") if isinstance(meta, dict) else None)
    return next((window for value in values if (window := _window(value))), None)


def _window(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST_WINDOW:
        return value
    return None
