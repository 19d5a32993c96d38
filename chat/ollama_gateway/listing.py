"""What there is behind /ollama/, as far as the caller may use it: tags, ps, show, version."""

import asyncio
from collections.abc import Sequence
from typing import Any

from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponse
from ninja import Router

from chat.gateway.callers import caller_of
from chat.ollama_gateway.allowed import allowed, named
from chat.ollama_gateway.problems import of_failure
from chat.ollama_gateway.requests import body_in, name_in
from providers.failures import AnswerFailed
from providers.models import Connection, Model
from providers.ollama_admin.host import OllamaHost
from providers.ollama_memory import full_name
from webui.crypto import SecretUnreadable

router = Router(tags=["ollama"])
_UNKNOWN = "0.0.0"  # a version that programs can read


@router.api_operation(["GET", "HEAD"], "/")
def running(request: HttpRequest) -> HttpResponse:
    """How programs find out that this is an Ollama."""
    return HttpResponse("Ollama is running", content_type="text/plain")


@router.get("/api/version")
async def version(request: HttpRequest) -> dict[str, Any]:
    models = await database_sync_to_async(allowed)(caller_of(request))
    told = await asyncio.gather(*(_told(place, "/api/version") for place in _places(models)[:1]))
    found = told[0] if told else None
    return (
        {"version": str(found["version"])} if isinstance(found, dict) and "version" in found else {"version": "0.0.0"}
    )


@router.get("/api/tags")
async def tags(request: HttpRequest) -> dict[str, Any]:
    return await _filtered(request, "/api/tags")


@router.get("/api/ps")
async def ps(request: HttpRequest) -> dict[str, Any]:
    return await _filtered(request, "/api/ps")


@router.post("/api/show")
async def show(request: HttpRequest) -> Any:
    caller, body = caller_of(request), body_in(request)
    model = await database_sync_to_async(named)(caller, name_in(body))
    asked = {"model": model.name, **({"verbose": True} if body.get("verbose") is True else {})}
    try:
        async with OllamaHost(model.connection) as host:
            told = await host.told("POST", "/api/show", asked)
    except AnswerFailed as problem:
        raise of_failure(problem.failure) from None
    if isinstance(told, dict) and not caller.user.is_superuser:
        # These name files of the server.
        told.pop("modelfile", None)
        if isinstance(details := told.get("details"), dict) and str(details.get("parent_model", "")).startswith("/"):
            details["parent_model"] = ""
    return told


async def _filtered(request: HttpRequest, path: str) -> dict[str, Any]:
    """The lists of all servers together, without what the caller may not use, under the names it has here."""
    models = await database_sync_to_async(allowed)(caller_of(request))
    places = _places(models)
    told = await asyncio.gather(*(_told(place, path) for place in places))
    names = {(model.connection_id, full_name(model.name)): model.public_id for model in models}
    found = []
    for place, document in zip(places, told, strict=True):
        entries = document.get("models") if isinstance(document, dict) else None
        for entry in entries if isinstance(entries, list) else ():
            name = isinstance(entry, dict) and names.get((place.pk, full_name(str(entry.get("name")))))
            if name:
                found.append({**entry, "name": name, "model": name})
    return {"models": found}


def _places(models: Sequence[Model]) -> list[Connection]:
    return list({model.connection_id: model.connection for model in models}.values())


async def _told(place: Connection, path: str) -> object:
    """None from a server that is away: its models are not there now."""
    try:
        async with OllamaHost(place) as host:
            return await host.told("GET", path)
    except (AnswerFailed, SecretUnreadable):
        return None
