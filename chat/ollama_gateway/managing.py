"""Pull, create, copy, push, delete and blobs: for administrators alone, and for keys that are good for everything.

Where there are several servers the header `X-Webui-Connection` says which, by name or id.
"""

import json
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Router

from chat.gateway.callers import Caller, caller_of
from chat.ollama_gateway.answering import HEADERS, NDJSON
from chat.ollama_gateway.problems import OllamaProblem, refused, wire_of
from chat.ollama_gateway.requests import body_in, name_in
from providers import catalog
from providers.failures import AnswerFailed
from providers.models import Connection, Model
from providers.ollama_admin.advice import code_of, sentence
from providers.ollama_admin.host import OllamaHost
from webui.conf import conf

router = Router(tags=["ollama"])
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_GIGABYTE = 1024**3


@router.post("/api/pull")
async def pull(request: HttpRequest) -> Any:
    return await _long(request, "/api/pull")


@router.post("/api/push")
async def push(request: HttpRequest) -> Any:
    return await _long(request, "/api/push")


@router.post("/api/create")
async def create(request: HttpRequest) -> Any:
    return await _long(request, "/api/create")


@router.post("/api/copy")
async def copy(request: HttpRequest) -> HttpResponseBase:
    place, body = await _opened(request)
    source = await _real_name(place, name_in(body, "source"))
    return await _short(place, "POST", "/api/copy", {"source": source, "destination": name_in(body, "destination")})


@router.delete("/api/delete")
async def delete(request: HttpRequest) -> HttpResponseBase:
    place, body = await _opened(request)
    return await _short(place, "DELETE", "/api/delete", {"model": await _real_name(place, name_in(body))})


@router.api_operation(["HEAD", "POST"], "/api/blobs/{digest}")
async def blob(request: HttpRequest, digest: str) -> HttpResponseBase:
    """Whether the server has these bytes, and taking them in."""
    if not _rules(caller_of(request)) or not _DIGEST.fullmatch(digest):
        raise OllamaProblem(_("There is no such blob."), code="not_found", status=404)
    place = await database_sync_to_async(_place)(request)
    announced = request.headers.get("Content-Length", "")
    size = int(announced) if announced.isdecimal() else None
    if (size or 0) > conf.max_model_gb * _GIGABYTE:
        limit = {"limit": conf.max_model_gb}
        raise refused(_("These files are larger than the %(limit)s GB that are allowed here.") % limit, 413)
    try:
        async with OllamaHost(place) as host:
            if request.method == "HEAD":
                return HttpResponse(status=200 if await host.has_blob(digest) else 404)
            await host.send_blob(digest, request.read, size, lambda _gone: None)
    except AnswerFailed as problem:
        raise _problem(problem) from None
    return HttpResponse(status=201)


async def _long(request: HttpRequest, path: str) -> HttpResponseBase:
    """Work whose progress is told, line by line, unless the caller wants the end alone."""
    place, body = await _opened(request)
    name_in(body)
    lines = _lines(place, path, {**body, "stream": True})
    if body.get("stream", True):
        return StreamingHttpResponse(lines, content_type=NDJSON, headers=HEADERS)
    last: dict[str, Any] = {}
    async with aclosing(lines):
        async for line in lines:
            last = json.loads(line)
    return JsonResponse(last, status=500 if "error" in last else 200)


async def _lines(place: Connection, path: str, body: Mapping[str, Any]) -> AsyncGenerator[bytes, None]:
    try:
        async with OllamaHost(place) as host, aclosing(host.progress(path, body)) as lines:
            async for line in lines:
                yield json.dumps(dict(line), ensure_ascii=False).encode() + b"\n"
    except AnswerFailed as problem:
        yield json.dumps(wire_of(_problem(problem)), ensure_ascii=False).encode() + b"\n"
        return
    await database_sync_to_async(catalog.discover)(place)


async def _short(place: Connection, method: str, path: str, body: Mapping[str, Any]) -> HttpResponseBase:
    try:
        async with OllamaHost(place) as host:
            await host.told(method, path, body, seconds=60)
    except AnswerFailed as problem:
        raise _problem(problem) from None
    await database_sync_to_async(catalog.discover)(place)
    return HttpResponse(status=200)


async def _opened(request: HttpRequest) -> tuple[Connection, dict[str, Any]]:
    """The server that is meant, and what is to be done there; for administrators."""
    if not _rules(caller_of(request)):
        raise OllamaProblem(
            _("Only administrators may pull, make, copy, push or delete models here."), code="not_allowed", status=403
        )
    return await database_sync_to_async(_place)(request), body_in(request)


def _rules(caller: Caller) -> bool:
    """A key for answers alone manages nothing, whosever it is."""
    return caller.user.is_superuser and (caller.key is None or "api" in getattr(caller.key, "scopes", ()))


def _place(request: HttpRequest) -> Connection:
    wanted = request.headers.get("X-Webui-Connection", "").strip()
    rows = list(Connection.objects.filter(kind=Connection.Kind.OLLAMA, enabled=True))
    chosen = [row for row in rows if wanted in (str(row.pk), row.name)] if wanted else rows
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(row.name for row in rows) or "–"
    raise refused(_("Say which Ollama server with the header X-Webui-Connection: %(names)s.") % {"names": names})


async def _real_name(place: Connection, name: str) -> str:
    """What the server calls the model that has this name here."""
    found = await Model.objects.filter(connection=place, public_id=name).afirst()
    return found.name if found else name


def _problem(problem: AnswerFailed) -> OllamaProblem:
    failure = problem.failure
    code = code_of(failure)
    status = failure.status if 400 <= failure.status < 600 and failure.status not in (401, 403) else 502
    return OllamaProblem(sentence(code, failure.said), code=code, status=status)
