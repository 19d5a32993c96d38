"""GET /api/limits: what a person may still use, told before they ask."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from chat.gateway.callers import caller_of
from providers import budgets

router = Router(tags=["limits"])


@router.get("/limits")
def read_limits(request: HttpRequest) -> dict[str, Any]:
    """Tokens of this minute and this day, answers at once, and bytes of storage; null where there is no limit.

    With an API key that has limits of its own, each is the one of which less is left.
    """
    caller = caller_of(request)
    return budgets.standing(caller.user, caller.key)
