"""Which product a server is: by its list of models, its headers, its host, or the routes that only it has."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from providers.addresses import is_private
from providers.calls import Caller
from providers.found import FoundModel, listed_models, product_of, settled_window, with_facts, with_window

# Ends of host names: the services whose lists do not say whose they are.
_HOSTED = {
    "api.openai.com": "OpenAI",
    "openai.azure.com": "Azure OpenAI",
    "openrouter.ai": "OpenRouter",
    "api.mistral.ai": "Mistral",
    "api.deepseek.com": "DeepSeek",
    "api.groq.com": "Groq",
    "api.together.xyz": "Together",
    "api.anthropic.com": "Anthropic",
    "generativelanguage.googleapis.com": "Gemini",
    "api.x.ai": "xAI",
    "dashscope.aliyuncs.com": "DashScope",
    "dashscope-intl.aliyuncs.com": "DashScope",
    "api.moonshot.cn": "Moonshot",
    "open.bigmodel.cn": "Zhipu",
    "api.siliconflow.cn": "SiliconFlow",
    "api-inference.modelscope.cn": "ModelScope",
    "ark.cn-beijing.volces.com": "Volcengine",
}
# These load a model when it is asked for, and may throw out another one for it.
LOADS_ON_DEMAND = {"Ollama", "LM Studio", "LocalAI", "llama.cpp", "text-generation-webui", "transformers serve", "MLX"}
# How the programs that serve HTTP name themselves.
_SERVERS = {"llama.cpp": "llama.cpp", "BaseHTTP": "MLX"}
_VERSIONS = {"vLLM": "/version", "LocalAI": "/version", "Ollama": "/api/version", "llama.cpp": "/props"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    product: str
    models: tuple[FoundModel, ...]


async def recognised(
    caller: Caller, base_url: str, document: object, headers: Mapping[str, str], models: tuple[FoundModel, ...]
) -> Recognised:
    """The product behind a list of models, and its models with what other routes of it know better."""
    root = base_url.removesuffix("/v1")
    product = product_of(document) or _by_header(headers, base_url) or hosted(base_url)
    if product == "llama.cpp":
        return Recognised(product=product, models=with_window(models, await caller.document(f"{root}/props")))
    if product in ("", "LM Studio") and is_private(root):
        return await _by_routes(caller, root, product, models)
    return Recognised(product=product, models=models)


def hosted(url: str) -> str:
    """The service that is known to be at this address, '' for all others."""
    host = urlsplit(url).hostname or ""
    return next((name for end, name in _HOSTED.items() if host == end or host.endswith(f".{end}")), "")


async def version_of(caller: Caller, product: str, base_url: str) -> str:
    """The version as the product tells it, '' when it does not."""
    if product not in _VERSIONS:
        return ""
    told = await caller.document(base_url.removesuffix("/v1") + _VERSIONS[product])
    found = told.get("version") or told.get("build_info") if isinstance(told, dict) else None
    return found[:60] if isinstance(found, str) else ""


def _by_header(headers: Mapping[str, str], url: str) -> str:
    server = headers.get("Server", "")
    return next((name for start, name in _SERVERS.items() if server.startswith(start) and is_private(url)), "")


async def _by_routes(caller: Caller, root: str, product: str, models: tuple[FoundModel, ...]) -> Recognised:
    routes = ["/api/v1/models", "/api/v0/models", "/v1/internal/model/info", "/system", "/openapi.json"]
    if product:
        routes[2:] = []  # LM Studio has said so
    told = await asyncio.gather(*(caller.document(root + route) for route in routes))
    new, old, textgen, local_ai, api = (*told, None, None, None)[:5]
    for native in (new, old):
        if facts := listed_models(native):
            return Recognised(product="LM Studio", models=with_facts(models, facts))
    if isinstance(textgen, dict) and "model_name" in textgen:
        window = settled_window(textgen)
        return Recognised(product="text-generation-webui", models=_with_window_of_loaded(models, textgen, window))
    if isinstance(local_ai, dict) and "backends" in local_ai:
        return Recognised(product="LocalAI", models=_marked(models, listed_models(local_ai.get("loaded_models"))))
    if isinstance(api, dict) and {"/load_model", "/reset"} <= set(_paths(api)):
        return Recognised(product="transformers serve", models=models or await _pinned(caller, root))
    return Recognised(product=product, models=models)


async def _pinned(caller: Caller, root: str) -> tuple[FoundModel, ...]:
    """transformers serve lists what is in its cache, not what it was started for: that it says when asked for another.
    The name that is asked for cannot be one.
    """
    refused = await caller.ask(f"{root}/v1/chat/completions", {"model": "?", "messages": [], "max_tokens": 1})
    told = re.search(r"pinned to '([^']{1,300})'", refused.text)
    return (FoundModel(name=told.group(1), loaded=True),) if told else ()


def _paths(api: Mapping[str, Any]) -> Mapping[str, Any]:
    paths = api.get("paths")
    return paths if isinstance(paths, dict) else {}


def _marked(models: tuple[FoundModel, ...], loaded: tuple[FoundModel, ...] | None) -> tuple[FoundModel, ...]:
    """The models with word of which are in memory, where the server told."""
    names = {model.name for model in loaded or ()}
    return models if loaded is None else tuple(replace(model, loaded=model.name in names) for model in models)


def _with_window_of_loaded(
    models: tuple[FoundModel, ...], told: Mapping[str, Any], window: int | None
) -> tuple[FoundModel, ...]:
    """text-generation-webui lists everything on its disk and answers with what is loaded."""
    name = told.get("model_name")
    return tuple(
        replace(model, loaded=model.name == name, window=window if model.name == name else model.window)
        for model in models
    )
