"""Every refusal of /v1 in OpenAI's shape: wrong keys, wrong bodies, wrong addresses, limits, and failures of ours."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from providers.over_budget import OverBudget
from webui.conf import conf
from webui.middleware import AnswerMiddleware

PREFIX = "/v1/"
STATUS = {"not_allowed": 404, "not_found": 404, "model_not_found": 404, "rate_limited": 429, "overloaded": 503}
STATUS |= {
    "bad_request": 400,
    "context_too_long": 400,
    "no_vision": 400,
    "internal": 500,
    "timeout": 504,
    "too_large": 413,
}
LONG = 60  # seconds: clients wait no longer than this by themselves


class ApiProblem(Exception):
    """An error in OpenAI's shape."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.param = param
        self.headers = dict(headers or {})

    @property
    def kind(self) -> str:
        if self.status == 429:
            return "rate_limit_error"
        return "invalid_request_error" if self.status < 500 else "server_error"

    def to_wire(self) -> dict[str, Any]:
        return {"error": {"message": str(self), "type": self.kind, "param": self.param, "code": self.code}}

    def response(self) -> JsonResponse:
        return JsonResponse(self.to_wire(), status=self.status, headers=self.headers)


def of_failure(code: str, detail: str) -> ApiProblem:
    """What ended a turn; a failure of the model server is not the caller's."""
    return ApiProblem(detail, code=code, status=STATUS.get(code, 502))


def of_limit(refusal: OverBudget) -> ApiProblem:
    wait = refusal.retry_after
    headers = {"Retry-After": str(wait)}
    if wait > LONG:
        headers["X-Should-Retry"] = "false"  # the openai package would ask twice more within seconds
    return ApiProblem(str(refusal), code=refusal.code, status=429, headers=headers)


class OpenAIErrors(AnswerMiddleware):
    """What the site refuses below /v1/ before, or instead of, the gateway, in the shape that its clients read."""

    def settle(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not request.path.startswith(PREFIX):
            return response
        if response.status_code >= 400 and not _is_shaped(response):
            problem = _problem(request, response.status_code)
            if allowed := response.headers.get("Allow"):
                problem.headers["Allow"] = allowed
            response = problem.response()
        # An administrator who connects this server to itself is told so (providers/discovery.py).
        response.headers["X-Webui-Instance"] = conf.instance
        return response


def _is_shaped(response: HttpResponseBase) -> bool:
    if not isinstance(response, HttpResponse) or not response.headers.get("Content-Type", "").startswith(
        "application/json"
    ):
        return False
    try:
        content = json.loads(response.content)
    except ValueError:
        return False
    return isinstance(content, dict) and isinstance(content.get("error"), dict)


def _problem(request: HttpRequest, status: int) -> ApiProblem:
    asked = {"method": request.method, "path": request.path[:200]}
    match status:
        case 404:
            sentence = _("There is no %(method)s %(path)s here. /v1 has models, chat/completions, embeddings, audio.")
            return ApiProblem(sentence % asked, code="unknown_url", status=status)
        case 405:
            return ApiProblem(
                _("%(path)s does not take %(method)s.") % asked, code="method_not_supported", status=status
            )
        case _ if status >= 500:
            sentence = _("Something went wrong on this server. The administrator finds it in the log.")
            return ApiProblem(sentence, code="internal", status=status)
    return ApiProblem(_("The request was refused before it was read."), code="bad_request", status=status)
