"""GET /v1/models: what a program may name, chat models and assistants first, then what makes embeddings,
speaks and hears.

The libraries' own embedding model is for everyone with a key and stands in no list, which so is the whitelist's.
"""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from chat import picker
from chat.gateway import embeddings
from chat.gateway.callers import Caller, caller_of
from chat.gateway.errors import ApiProblem
from providers.access import models_for
from providers.models import ImageServer, Model

router = Router(tags=["openai"])


@router.get("/models")
def list_models(request: HttpRequest) -> dict[str, Any]:
    return {"object": "list", "data": _entries(caller_of(request))}


@router.get("/models/{path:model_id}")
def read_model(request: HttpRequest, model_id: str) -> dict[str, Any]:
    found = next((entry for entry in _entries(caller_of(request)) if entry["id"] == model_id), None)
    if found is None and model_id == embeddings.library_model():
        return _entry(model_id, "libraries")
    if found is None:
        sentence = f"The model “{model_id[:100]}” does not exist here or you may not use it."
        raise ApiProblem(sentence, code="model_not_found", status=404, param="model")
    return found


def _entries(caller: Caller) -> list[dict[str, Any]]:
    entries = [
        {**_entry(one["id"], one["connection"]), "name": one["name"], "context_window": one["window"]}
        for one in picker.offered(caller.user)
    ]
    for kind in (Model.Kind.EMBEDDING, Model.Kind.SPEECH, Model.Kind.TRANSCRIPTION):
        entries += [_entry(model.public_id, model.connection.name) for model in models_for(caller.user, kind)]
    entries += [_entry(server.public_id, server.name) for server in ImageServer.objects.usable_by(caller.user)]
    return [entry for entry in entries if caller.may_name(entry["id"])]


def _entry(public_id: str, owner: str) -> dict[str, Any]:
    return {"id": public_id, "object": "model", "created": 0, "owned_by": owner}
