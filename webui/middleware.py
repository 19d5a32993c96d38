"""What all our middlewares share: they run in the event loop and outside of it, and Django asks each which it is."""

from collections.abc import Awaitable, Callable
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Response = HttpResponseBase | Awaitable[HttpResponseBase]


class Middleware:
    """Passes on what comes; the method of a subclass does more. `is_async` tells which of the two ways it runs."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Response]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Response:
        return self.get_response(request)


class AnswerMiddleware(Middleware):
    """Changes an answer, whichever way it came about."""

    def __call__(self, request: HttpRequest) -> Response:
        if self.is_async:
            return self._acall(request)
        return self.settle(request, cast(HttpResponseBase, self.get_response(request)))

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        return self.settle(request, await cast(Awaitable[HttpResponseBase], self.get_response(request)))

    def settle(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The answer that is sent: the one given, changed, or another."""
        raise NotImplementedError
