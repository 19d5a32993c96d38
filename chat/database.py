"""The database for what outlives a request: one thread for all sockets and answers, with a connection that stays open.

Opening one for every call, as is right for requests, cost a sixth of the processor at 200 answers.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, connection

Given = ParamSpec("Given")
Result = TypeVar("Result")


async def in_database(job: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
    """What `job` returns or raises. It is one unit: when the connection was lost it is done once more on a new one."""
    return await sync_to_async(_done)(job, *args, **kwargs)


def _done(job: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
    try:
        return job(*args, **kwargs)
    except (OperationalError, InterfaceError):
        if connection.connection is None or connection.is_usable():
            raise  # locked or full: another connection would not help
        connection.close()
        return job(*args, **kwargs)
