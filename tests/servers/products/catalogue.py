"""The quirks of each product, as people meet them, and the card that an examination has to write."""

import json
from collections.abc import Mapping
from itertools import pairwise

from tests.servers.products.speaking import Product, Refusal


def flat(text: str) -> object:
    return {"message": text, "object": "error"}


def detail(text: str) -> object:
    return {"detail": text}


def roles(body: Mapping) -> list[str]:
    return [message["role"] for message in body["messages"]]


def has_image(body: Mapping) -> bool:
    return "image_url" in json.dumps(body["messages"])


# vLLM


def tools_not_switched_on(body: Mapping) -> Refusal:
    if "tools" not in body:
        return None
    said = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
    return 400, {"error": {"message": said, "type": "BadRequestError", "param": None, "code": 400}}


def not_multimodal(body: Mapping) -> Refusal:
    said = "org/Qwen3-8B is not a multimodal model None"
    return (400, {"error": {"message": said, "code": 400}}) if has_image(body) else None


def more_than_the_rest_of_the_window(body: Mapping) -> Refusal:
    wanted = body.get("max_tokens") or 0
    if wanted + 8 <= 5108:
        return None
    said = (
        f"'max_tokens' or 'max_completion_tokens' is too large: {wanted}. This model's maximum context length is 5108"
        f" tokens and your request has 8 input tokens ({wanted} > 5108 - 8)."
    )
    return 400, {"error": {"message": said, "type": "BadRequestError", "param": "max_tokens", "code": 400}}


def must_alternate(body: Mapping) -> Refusal:
    spoken = [role for role in roles(body) if role != "system"]
    if all(one != other for one, other in pairwise(spoken)):
        return None
    said = "After the optional system message, conversation roles must alternate user/assistant/user/assistant/..."
    return 400, {"error": {"message": said, "type": "BadRequestError", "code": 400}}


VLLM = Product(
    name="vLLM",
    models=[{"id": "org/Qwen3-8B", "owned_by": "vllm", "max_model_len": 5108, "root": "/models/qwen3"}],
    routes={"/version": {"version": "0.11.2"}},
    reasoning="reasoning",
    refusals=[tools_not_switched_on, not_multimodal, more_than_the_rest_of_the_window, must_alternate],
    card={
        "product": "vLLM",
        "version": "0.11.2",
        "streaming": "yes",
        "usage": "last",
        "system_role": "merged",
        "reasoning_field": "reasoning",
        "tools": "no",
        "vision": "no",
        "max_tokens": "max_tokens",
        "max_tokens_rule": "refused",
        "error_shape": "nested",
        "window": 5108,
    },
)

# SWIFT: a wrong key and a wrong model are both 400, every field is null, and the list is open to everybody

SWIFT = Product(
    name="SWIFT",
    models=[{"id": "Qwen2.5-7B-Instruct", "object": "model", "owned_by": "swift"}],
    usage="every",
    nulls=True,
    reasoning="reasoning_content",
    error=flat,
    unknown_model=400,
    wrong_key=400,
    key_checked_at=("/v1/chat/completions",),
    card={
        "product": "SWIFT",
        "version": "",
        "streaming": "yes",
        "usage": "every",
        "system_role": "yes",
        "reasoning_field": "reasoning_content",
        "tools": "yes",
        "vision": "ignored",
        "max_tokens": "max_tokens",
        "max_tokens_rule": "clamped",
        "error_shape": "flat",
        "window": None,
    },
)

# LM Studio: everything on the disk is in its list, two copies differ in window, and an overflow is 200 and silence

LMSTUDIO = Product(
    name="LM Studio",
    models=[
        {"id": "google/gemma-3-4b", "owned_by": "organization_owner"},
        {"id": "qwen/qwen3.5-9b", "owned_by": "organization_owner"},
        {"id": "text-embedding-nomic-embed-text-v1.5", "owned_by": "organization_owner"},
    ],
    routes={
        "/api/v1/models": {
            "models": [
                {
                    "type": "llm",
                    "key": "google/gemma-3-4b",
                    "loaded_instances": [],
                    "max_context_length": 131072,
                    "capabilities": {"vision": True, "trained_for_tool_use": False},
                },
                {
                    "type": "llm",
                    "key": "qwen/qwen3.5-9b",
                    "loaded_instances": [{"id": "qwen/qwen3.5-9b", "config": {"context_length": 4096}}],
                    "max_context_length": 262144,
                    "capabilities": {"vision": True, "trained_for_tool_use": True},
                },
                {"type": "embedding", "key": "text-embedding-nomic-embed-text-v1.5", "loaded_instances": []},
            ]
        }
    },
    reasoning="reasoning_content",
    error=lambda text: {"error": text},
    unknown_model=None,
    sees=True,
    silent_from=4000,
    card={
        "product": "LM Studio",
        "streaming": "yes",
        "usage": "last",
        "system_role": "yes",
        "reasoning_field": "reasoning_content",
        "tools": "yes",
        "vision": "yes",
        "max_tokens": "max_tokens",
        "max_tokens_rule": "clamped",
        "error_shape": "string",
        "window": 4096,
        "tried": ["qwen/qwen3.5-9b"],
    },
)

# llama-server: counts in `timings`, the window in /props, tools only with --jinja, templates that open the thinking


def jinja_is_off(body: Mapping) -> Refusal:
    said = "tools param requires --jinja flag"
    return (500, {"error": {"code": 500, "message": said, "type": "server_error"}}) if "tools" in body else None


def no_projector(body: Mapping) -> Refusal:
    said = "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"
    return (500, {"error": {"code": 500, "message": said, "type": "server_error"}}) if has_image(body) else None


def exceeds_the_context(body: Mapping) -> Refusal:
    if len(json.dumps(body["messages"])) < 4000:
        return None
    error = {"code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": 9030, "n_ctx": 4096}
    return 400, {"error": error | {"message": "the request exceeds the available context size"}}


LLAMA = Product(
    name="llama.cpp",
    models=[{"id": "qwen3-4b", "owned_by": "llamacpp", "meta": {"n_ctx_train": 40960, "n_params": 4, "size": 9}}],
    routes={"/props": {"default_generation_settings": {"n_ctx": 4096}, "build_info": "b6432-abcdef"}},
    headers={"Server": "llama.cpp"},
    usage="timings",
    reasoning="closing",
    refusals=[jinja_is_off, no_projector, exceeds_the_context],
    unknown_model=None,
    card={
        "product": "llama.cpp",
        "version": "b6432-abcdef",
        "streaming": "yes",
        "usage": "timings",
        "system_role": "yes",
        "tools": "no",
        "vision": "no",
        "max_tokens": "max_tokens",
        "max_tokens_rule": "clamped",
        "error_shape": "nested",
        "window": 4096,
    },
)

# LocalAI: one list for everything, and 503 with Retry-After while a model loads

LOCALAI = Product(
    name="LocalAI",
    models=[{"id": name, "object": "model"} for name in ("whisper-1", "bge-m3", "phi-4", "llama-3.2")],
    routes={
        "/system": {"backends": ["llama-cpp"], "loaded_models": [{"id": "llama-3.2"}]},
        "/version": {"version": "v3.5.0 (1234567)"},
    },
    reasoning="reasoning",
    unknown_model=500,
    card={
        "product": "LocalAI",
        "version": "v3.5.0 (1234567)",
        "streaming": "yes",
        "usage": "last",
        "system_role": "yes",
        "reasoning_field": "reasoning",
        "tools": "yes",
        "vision": "ignored",
        "max_tokens": "max_tokens",
        "max_tokens_rule": "clamped",
        "error_shape": "nested",
        "window": None,
        "tried": ["llama-3.2"],
    },
)

# text-generation-webui: FastAPI's `detail`, fields it does not know, a disk full of models and one that is loaded


def knows_no_stream_options(body: Mapping) -> Refusal:
    if "stream_options" not in body:
        return None
    return 422, {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}


TEXTGEN = Product(
    name="text-generation-webui",
    models=[{"id": "mistral-7b.gguf", "owned_by": "user"}, {"id": "gemma-2-9b.gguf", "owned_by": "user"}],
    routes={"/v1/internal/model/info": {"model_name": "gemma-2-9b.gguf", "lora_names": [], "truncation_length": 8192}},
    usage="none",
    reasoning="tags",
    error=detail,
    unknown_model=None,
    refusals=[
        knows_no_stream_options,
        lambda body: (400, detail("System role not supported")) if "system" in roles(body) else None,
    ],
    card={
        "product": "text-generation-webui",
        "streaming": "yes",
        "usage": "refused",
        "leave_out": ["stream_options"],
        "system_role": "no",
        "reasoning_field": "tags",
        "tools": "yes",
        "vision": "yes",  # nothing is counted there, so that nothing tells
        "max_tokens": "max_tokens",
        "max_tokens_rule": "clamped",
        "error_shape": "detail",
        "window": 8192,
        "tried": ["gemma-2-9b.gguf"],
    },
)

# A service of the OpenAI kind: the newer name for the length, models that see and call tools


def wants_the_newer_name(body: Mapping) -> Refusal:
    if "max_tokens" not in body:
        return None
    said = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    return 400, {"error": {"message": said, "type": "invalid_request_error", "param": "max_tokens"}}


def more_than_it_ever_writes(body: Mapping) -> Refusal:
    wished = body.get("max_completion_tokens") or 0
    if wished <= 100_000:
        return None
    said = f"max_tokens is too large: {wished}. This model supports at most 100000 completion tokens."
    return 400, {"error": {"message": said, "type": "invalid_request_error", "param": "max_completion_tokens"}}


OPENAI = Product(
    name="OpenAI",
    models=[{"id": "o4-mini", "owned_by": "system"}, {"id": "whisper-1", "owned_by": "openai-internal"}],
    refusals=[wants_the_newer_name, more_than_it_ever_writes],
    sees=True,
    card={
        "product": "OpenAI",
        "streaming": "yes",
        "usage": "last",
        "system_role": "yes",
        "reasoning_field": None,
        "tools": "yes",
        "vision": "yes",
        "max_tokens": "max_completion_tokens",
        "max_tokens_rule": "refused",
        "error_shape": "nested",
        "window": None,
    },
)

# A service with a chat and no list of models

LISTLESS = Product(
    name="listless",
    models=[{"id": "sonar-pro"}],
    tells_models=False,
    card={
        "product": "",
        "streaming": "yes",
        "usage": "last",
        "tools": "yes",
        "vision": "ignored",
        "tried": ["sonar-pro"],
    },
)

# mlx_lm.server: Python's own web server, a window that nobody tells, and 404 for whatever is wrong


def only_text(body: Mapping) -> Refusal:
    return (404, {"error": "Only 'text' content type is supported."}) if has_image(body) else None


MLX = Product(
    name="MLX",
    models=[{"id": "mlx-community/Qwen3-4B-4bit", "object": "model", "created": 1}],
    headers={"Server": "BaseHTTP/0.6 Python/3.12"},
    refusals=[only_text],
    error=lambda text: {"error": text},
    card={
        "product": "MLX",
        "version": "",
        "streaming": "yes",
        "usage": "last",
        "system_role": "yes",
        "reasoning_field": None,
        "tools": "yes",
        "vision": "no",
        "max_tokens": "max_tokens",
        "max_tokens_rule": "clamped",
        "error_shape": "string",
        "window": None,
        "tried": ["mlx-community/Qwen3-4B-4bit"],
    },
)

# transformers serve: its list is what lies in its cache; what it was started for it tells when asked for another


def pinned(body: Mapping) -> Refusal:
    if body.get("model") == "Qwen/Qwen2.5-0.5B-Instruct":
        return None
    return 400, detail(f"Server is pinned to 'Qwen/Qwen2.5-0.5B-Instruct'; requested '{body.get('model')}'.")


TRANSFORMERS = Product(
    name="transformers serve",
    models=[],
    routes={"/openapi.json": {"paths": {"/v1/chat/completions": {}, "/load_model": {}, "/reset": {}}}},
    refusals=[pinned],
    unknown_model=None,
    empty=(500, "Internal Server Error"),
    card={
        "product": "transformers serve",
        "version": "",
        "streaming": "yes",
        "usage": "last",
        "system_role": "yes",
        "reasoning_field": None,
        "tools": "yes",
        "vision": "ignored",
        "max_tokens": "max_tokens",
        "max_tokens_rule": "unknown",
        "error_shape": "text",
        "window": None,
        "tried": ["Qwen/Qwen2.5-0.5B-Instruct"],
    },
)
