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
    r"(?:^|[-_/.: ])(?:dall-e|stable-diffusion|sdxl|flux|rerank(?:er)?|moderation|clip"
    r"|sora|imagen|gpt-image|musicgen)(?:[-_/.: ]|\d|$)",
    re.IGNORECASE,
)
_SPEECH = re.compile(r"(?:^|[-_/.: ])(?:tts|kokoro|piper|bark)(?:[-_/.: ]|\d|$)", re.IGNORECASE)
_TRANSCRIPTION = re.compile(
    r"(?:^|[-_/.: ])(?:whisper|transcribe|asr|sensevoice|parakeet)(?:[-_/.: ]|\d|$)", re.IGNORECASE
)
_EMBEDDING_TYPES = {"embedding", "embeddings", "text-embedding", "feature-extraction", "embed"}
_CHAT_TYPES = {"llm", "vlm", "chat", "text-generation", "chat-completion", "language"}
_WINDOWS = ("max_model_len", "loaded_context_length", "context_length", "context_window", "max_context_length")
_SETTLED = ("truncation_length", "n_ctx", "ctx_size", "max_seq_len")
# What servers call it: what we call it
_ABILITIES = {
    "vision": "vision",
    "multimodal": "vision",
    "image": "vision",
    "tools": "tools",
    "tool_use": "tools",
    "trained_for_tool_use": "tools",
    "function_calling": "tools",
    "thinking": "thinking",
    "reasoning": "thinking",
}
# A model that says in its name that it sees.
_SEEING = re.compile(
    r"(?:^|[-_/.: ])(?:vl|vlm|vision|llava|pixtral|internvl|minicpm-v|moondream|paligemma|cogvlm|glm-\d[\d.]*v)"
    r"(?:[-_/.:\d ]|$)|qwen[\d.]*-?vl",
    re.IGNORECASE,
)
_LARGEST_WINDOW = 100_000_000
Kind = Literal["chat", "embedding", "speech", "transcription", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundModel:
    name: str
    kind: Kind = "chat"
    window: int | None = None
    capabilities: tuple[str, ...] = field(default=())
    digest: str = ""
    loaded: bool | None = None  # in memory now, where the server tells


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
        kind: Kind = "chat"
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


def settled_window(document: Mapping[str, Any]) -> int | None:
    """The window that a model was loaded with, where text-generation-webui tells it."""
    return next((window for key in _SETTLED if (window := _window(document.get(key)))), None)


def _with(model: FoundModel, other: FoundModel | None) -> FoundModel:
    if other is None:
        return model
    return replace(
        model,
        kind=other.kind,
        window=other.window or model.window,
        capabilities=other.capabilities or model.capabilities,
        digest=other.digest or model.digest,
        loaded=model.loaded if other.loaded is None else other.loaded,
    )


def _listed(entry: object) -> FoundModel | None:
    if isinstance(entry, str):
        entry = {"id": entry}
    if not isinstance(entry, dict):
        return None
    name = next((entry[key] for key in ("id", "name", "model", "key") if isinstance(entry.get(key), str)), "").strip()
    if not name or len(name) > 300 or not name.isprintable():
        return None
    return FoundModel(
        name=name,
        kind=_kind(name, entry),
        window=_listed_window(entry),
        capabilities=_listed_abilities(name, entry),
        digest=_digest(entry),
        loaded=_loaded(entry),
    )


def _kind(name: str, entry: Mapping[str, Any]) -> Kind:
    told = {str(entry.get(key, "")).lower() for key in ("type", "task", "model_type", "pipeline_tag")}
    if told & _EMBEDDING_TYPES:
        return "embedding"
    return "chat" if told & _CHAT_TYPES else _kind_by_name(name)


def _kind_by_name(name: str) -> Kind:
    if _OTHER.search(name):
        return "other"
    if _SPEECH.search(name) or _TRANSCRIPTION.search(name):
        return "speech" if _SPEECH.search(name) else "transcription"
    return "embedding" if _EMBEDDING.search(name) else "chat"


def _listed_window(entry: Mapping[str, Any]) -> int | None:
    meta = entry.get("meta")
    values = [_loaded_window(entry), *(entry.get(key) for key in _WINDOWS)]
    values.append(meta.get("n_ctx") if isinstance(meta, dict) else None)
    return next((window for value in values if (window := _window(value))), None)


def _loaded_window(entry: Mapping[str, Any]) -> object:
    """Of LM Studio's copies in memory, whose window may be smaller than the model's."""
    match entry.get("loaded_instances"):
        case [{"config": {"context_length": window}}, *_]:
            return window
    return None


def _loaded(entry: Mapping[str, Any]) -> bool | None:
    """By LM Studio's copies or state, or the status of llama.cpp's router."""
    match entry:
        case {"loaded_instances": list(copies)}:
            return bool(copies)
        case {"state": str(state)} | {"status": {"value": str(state)}}:
            return state == "loaded"
    return None


def _listed_abilities(name: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    """What the entry says the model can do, in our words; a model for images may also say so in its name."""
    said: list[object] = [entry.get("capabilities"), entry.get("supported_parameters"), entry.get("input_modalities")]
    if isinstance(architecture := entry.get("architecture"), dict):
        said.append(architecture.get("input_modalities"))
    words = {str(word) for one in said for word in _words(one)}
    found = {_ABILITIES[word] for word in words & _ABILITIES.keys()}
    if str(entry.get("type")).lower() == "vlm" or _SEEING.search(name):
        found.add("vision")
    return tuple(sorted(found))


def _words(said: object) -> Iterable[object]:
    if isinstance(said, dict):
        return [word for word, yes in said.items() if yes]
    return said if isinstance(said, list) else ()


def _digest(entry: Mapping[str, Any]) -> str:
    """What tells these weights from others of the same name, where the server says something of the kind."""
    meta = entry.get("meta")
    if isinstance(meta, dict) and (marks := [str(meta[key]) for key in ("size", "n_params", "ftype") if key in meta]):
        return " ".join(marks)[:300]
    told = (entry.get("digest"), entry.get("root"), entry.get("selected_variant"))
    return next((one[:300] for one in told if isinstance(one, str) and one), "")


def _window(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST_WINDOW:
        return value
    return None
