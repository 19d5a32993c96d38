"""Refusals and failures in Ollama's shape: `{"error": "a sentence"}`."""

from typing import Any

from django.http import JsonResponse

from chat.gateway import errors
from chat.gateway.errors import ApiProblem
from providers.failures import Failure
from providers.over_budget import OverBudget
from providers.sentences import error_for

# What the model server says about its own key is nothing that the caller could mend.
_STATUS = {"unauthorized": 502, "unreadable_key": 502, "timeout": 504, "too_large": 502}


class OllamaProblem(ApiProblem):
    """An error in Ollama's shape."""

    def to_wire(self) -> dict[str, Any]:
        return wire_of(self)


def wire_of(problem: ApiProblem) -> dict[str, Any]:
    return {"error": str(problem)}


def response_to(problem: ApiProblem) -> JsonResponse:
    return JsonResponse(wire_of(problem), status=problem.status, headers=problem.headers)


def refused(sentence: str, status: int = 400) -> OllamaProblem:
    return OllamaProblem(sentence, code="bad_request", status=status)


def of_failure(failure: Failure) -> OllamaProblem:
    """What went wrong at the Ollama server, with its status where that is meant for the caller."""
    error = error_for(failure)
    status = _STATUS.get(error.code) or errors.STATUS.get(error.code) or 502
    return OllamaProblem(str(error), code=error.code, status=status)


def of_limit(refusal: OverBudget) -> OllamaProblem:
    problem = errors.of_limit(refusal)
    return OllamaProblem(str(problem), code=problem.code, status=problem.status, headers=problem.headers)
