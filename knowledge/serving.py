"""One generation for the whole of a question, however the choice changes meanwhile."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async

from knowledge.models import RetrievalSettings

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def in_one_generation(search: Callable[Given, Awaitable[Answer]]) -> Callable[Given, Awaitable[Answer]]:
    """What an index names by place must be read in the generation that it was asked for in."""

    @wraps(search)
    async def pinned(*args: Given.args, **options: Given.kwargs) -> Answer:
        chosen = RetrievalSettings.known() or await sync_to_async(RetrievalSettings.current)()
        with chosen.pinned():
            return await search(*args, **options)

    return pinned
