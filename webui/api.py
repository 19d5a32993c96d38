"""The two APIs: /api (chats, libraries, models; described at /api/openapi.json) and /v1 (OpenAI's)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from chat.api import router as chats
from chat.attachments.api import router as attachments
from chat.comparisons.api import router as comparisons
from chat.drafts import router as drafts
from chat.gateway import completions, embeddings, listing, picture_edits, pictures
from chat.gateway.errors import ApiProblem
from chat.images.api import router as images
from chat.keeping_api import router as keeping
from chat.memories.api import router as memories
from chat.notes.api import router as notes
from chat.prompts.api import router as prompts
from chat.rating.api import router as ratings
from chat.reader import router as reader
from chat.remaining import router as remaining
from chat.settings_api import router as settings
from chat.sharing.api import router as shares
from chat.tools.api import router as tools
from chat.versions_api import router as versions
from chat.voice import speeches, transcriptions
from chat.voice.api import router as voice
from knowledge.api import router as libraries
from knowledge.arrivals_api import router as arrivals
from knowledge.chunks_api import router as chunks
from knowledge.progress_api import router as progress
from knowledge.sharing_api import router as sharing
from webui.accounts.auth import key_auth, session_auth

DOORS = [key_auth, session_auth]
api = NinjaAPI(title="webui", version="1", urls_namespace="api", auth=DOORS)
for router in (
    memories, notes, comparisons,
    keeping, shares, chats, versions, ratings, reader, attachments, libraries, arrivals, progress, chunks, sharing,
    remaining, prompts, drafts, settings, tools, voice, images,
):  # fmt: skip
    api.add_router("", router)
v1 = NinjaAPI(title="webui /v1", version="1", urls_namespace="v1", auth=DOORS, docs_url=None, openapi_url=None)
for part in (listing, completions, embeddings, transcriptions, speeches, pictures, picture_edits):
    v1.add_router("", part.router)


@api.exception_handler(ValidationError)
def _say_what_is_wrong(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return api.create_response(request, {"detail": _sentence(error)}, status=422)


@v1.exception_handler(ApiProblem)
def _in_openai_shape(request: HttpRequest, problem: ApiProblem) -> HttpResponse:
    return problem.response()


@v1.exception_handler(ValidationError)
def _bad_body(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return _in_openai_shape(request, ApiProblem(_sentence(error), code="bad_request", status=400))


@v1.exception_handler(AuthenticationError)
def _no_key(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    problem = ApiProblem("The API key is missing or not valid.", code="invalid_api_key", status=401)
    return _in_openai_shape(request, problem)


@v1.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    code = "insufficient_permissions" if error.status_code == 403 else "bad_request"
    problem = ApiProblem(str(error), code=code, status=error.status_code)
    return _in_openai_shape(request, problem)


def _sentence(error: ValidationError) -> str:
    first: dict[str, Any] = error.errors[0]
    where = ".".join(str(part) for part in first["loc"][1:] if part not in ("body", "data", "payload"))
    return f"{where or 'body'}: {first['msg']}."


urlpatterns = [path("api/", api.urls), path("v1/", v1.urls)]
