"""What is answered when this server could not serve a request: what is away or full passes, all else is a fault."""

import errno
import sys
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.translation import gettext

from chat.gateway.errors import PREFIX as OPENAI
from chat.gateway.errors import ApiProblem
from chat.ollama_gateway.problems import response_to

AGAIN = 5  # seconds, after which it is worth to ask again
OLLAMA = "/ollama/"
# What SQLite says, in words only, of tables that do not fit the program: no waiting helps there.
_OF_OURS = ("no such", "has no column", "syntax error", "already exists")
_FULL = ("disk is full", "No space left", "could not extend file")


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A status, what programs call it, and what people read of it."""

    status: int
    code: str
    title: str
    sentence: str


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`, called while the exception is being handled; it must not need the database."""
    trouble = trouble_of(sys.exc_info()[1])
    answer = _page(trouble) if _is_read_by_people(request) else _for_programs(request, trouble)
    if trouble.status == 503:
        answer["Retry-After"] = str(AGAIN)
    return answer


def trouble_of(problem: BaseException | None) -> Trouble:
    """What a request that ended with `problem` is told."""
    if _is_full(problem):
        return Trouble(
            status=507,
            code="disk_full",
            title=gettext("The disk of this server is full"),
            sentence=gettext(
                "Nothing of this was saved; what was saved before is still there. Tell an administrator: once there is"
                " room again, it works again."
            ),
        )
    if _is_away(problem):
        return Trouble(
            status=503,
            code="unavailable",
            title=gettext("The server cannot reach its data right now"),
            sentence=gettext(
                "This passes by itself in most cases. Nothing of this was saved; try again in a few seconds. If it goes"
                " on, tell an administrator."
            ),
        )
    return Trouble(
        status=500,
        code="internal",
        title=gettext("Something broke on this server"),
        sentence=gettext(
            "This is a fault of the server, not yours. What was saved before is still there. Reload the page; if it"
            " happens again, tell an administrator the time: the reason stands in the server's log."
        ),
    )


def _is_away(problem: BaseException | None) -> bool:
    """The database, or Redis: away, locked or out of connections."""
    if isinstance(problem, OperationalError | InterfaceError):
        return not any(words in str(problem) for words in _OF_OURS)
    redis = sys.modules.get("redis")  # loaded where it is used
    return redis is not None and isinstance(problem, redis.ConnectionError | redis.TimeoutError)


def _is_full(problem: BaseException | None) -> bool:
    if isinstance(problem, OSError):
        return problem.errno in (errno.ENOSPC, errno.EDQUOT)
    return isinstance(problem, OperationalError) and any(words in str(problem) for words in _FULL)


def _is_read_by_people(request: HttpRequest) -> bool:
    return not request.path.startswith(("/api/", OPENAI, OLLAMA))


def _page(trouble: Trouble) -> HttpResponse:
    page = loader.render_to_string("500.html", {"trouble": trouble})
    return HttpResponse(page, status=trouble.status)


def _for_programs(request: HttpRequest, trouble: Trouble) -> HttpResponse:
    said = f"{trouble.title}. {trouble.sentence}"
    problem = ApiProblem(said, code=trouble.code, status=trouble.status)
    if request.path.startswith(OPENAI):
        return problem.response()
    if request.path.startswith(OLLAMA):
        return response_to(problem)
    return JsonResponse({"detail": said, "code": trouble.code}, status=trouble.status)
