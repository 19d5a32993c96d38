"""What programs send to /ollama/, and what of it goes on: nothing by which one person could disturb the others."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.http.request import RawPostDataException
from django.utils.translation import gettext as _

from chat.ollama_gateway.problems import refused

LARGEST = 40 * 1024 * 1024  # bytes: images come inside the body
_FIELDS = {
    "/api/chat": {"messages", "tools", "format", "think", "logprobs", "top_logprobs"},
    "/api/generate": {
        *("prompt", "suffix", "images", "format", "system", "template", "raw", "context"),
        *("think", "logprobs", "top_logprobs"),
    },
    "/api/embed": {"input", "dimensions"},
    "/api/embeddings": {"prompt"},
}
_EVERYWHERE = {"options", "keep_alive", "truncate", "shift", "stream"}
# How a model writes. What else there is says how the server uses its machine, which is the administrator's.
_OPTIONS = {
    *("temperature", "top_p", "top_k", "min_p", "typical_p", "seed", "stop", "frequency_penalty", "presence_penalty"),
    *("repeat_penalty", "repeat_last_n", "mirostat", "mirostat_eta", "mirostat_tau", "num_keep", "num_predict"),
    "num_ctx",
}
EMBEDS = {"/api/embed", "/api/embeddings"}


def body_in(request: HttpRequest) -> dict[str, Any]:
    """Read past Django's limit for forms, within our own."""
    try:
        data = request.read(LARGEST + 1)
    except RawPostDataException:
        data = request.body
    if len(data) > LARGEST:
        raise refused(_("The request is larger than %(limit)s MB.") % {"limit": LARGEST // 1024 // 1024}, 413)
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise refused(_("The body is not JSON."))
    return body


def name_in(body: Mapping[str, Any], *fields: str) -> str:
    """The model that is meant; older clients write `name`."""
    name = next((body[field] for field in (*fields, "model", "name") if body.get(field)), None)
    if not isinstance(name, str):
        raise refused(_("Say which model: “model” is missing."))
    return name


def content_for(path: str, body: Mapping[str, Any], model: str, *, rules: bool) -> dict[str, Any]:
    """What goes to the server. `rules`: who asks may say how the server uses its memory."""
    given = {name: value for name, value in body.items() if name in _FIELDS[path] | _EVERYWHERE and value is not None}
    options = given.get("options", {})
    if not isinstance(options, dict):
        raise refused(_("“options” is an object."))
    given["options"] = options if rules else {name: value for name, value in options.items() if name in _OPTIONS}
    if not rules:
        given.pop("keep_alive", None)
    if path not in EMBEDS:
        # Rather an error than an answer that silently never saw half of the question.
        given.setdefault("truncate", False)
    _check(path, given)
    return {"model": model, **given}


def _check(path: str, given: Mapping[str, Any]) -> None:
    """What we measure and count has to have the form that it should."""
    messages = given.get("messages", [])
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise refused(_("“messages” is a list of objects."))
    wished = given["options"].get("num_ctx"), given["options"].get("num_predict")
    if not all(value is None or (isinstance(value, int) and not isinstance(value, bool)) for value in wished):
        raise refused(_("num_ctx and num_predict are whole numbers."))
    if not isinstance(given.get("stream", True), bool):
        raise refused(_("“stream” is true or false."))
    if path == "/api/generate" and not isinstance(given.get("prompt", ""), str):
        raise refused(_("“prompt” is a text."))
