"""/ollama/: Ollama's own API, through the same doors as /api and /v1, with refusals in Ollama's shape."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError, HttpError

from chat.gateway.errors import ApiProblem
from chat.ollama_gateway import answering, listing, managing
from chat.ollama_gateway.problems import OllamaProblem, response_to
from webui.accounts.auth import key_auth, session_auth

ollama = NinjaAPI(
    title="webui /ollama",
    version="1",
    urls_namespace="ollama",
    auth=[key_auth, session_auth],
    docs_url=None,
    openapi_url=None,
)
elsewhere = Router()


@elsewhere.api_operation(["GET", "HEAD", "POST", "PUT", "DELETE"], "/{path:rest}")
def nothing_there(request: HttpRequest, rest: str) -> None:
    sentence = _("There is no %(path)s here. /ollama has api/tags, show, ps, version, chat, generate and embed.")
    raise OllamaProblem(sentence % {"path": request.path[:200]}, code="not_found", status=404)


for part in (listing.router, answering.router, managing.router, elsewhere):
    ollama.add_router("", part)


@ollama.exception_handler(ApiProblem)
def _in_ollamas_shape(request: HttpRequest, problem: ApiProblem) -> HttpResponse:
    return response_to(problem)


@ollama.exception_handler(AuthenticationError)
def _no_key(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    sentence = _("The API key is missing or not valid.")
    return response_to(OllamaProblem(sentence, code="invalid_api_key", status=401))


@ollama.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return response_to(OllamaProblem(str(error), code="bad_request", status=error.status_code))


urlpatterns = [path("ollama/", ollama.urls)]
