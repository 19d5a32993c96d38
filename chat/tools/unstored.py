"""Who lets a call of a temporary chat run: the click of the one tab that asked. Nothing of it is stored anywhere."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models import ToolDecision
from chat.refusal import CommandRejected

if TYPE_CHECKING:
    from chat.commands import Decide
    from providers.models import Tool


class UnstoredAsks:
    """The calls of one answer that wait. Each is asked for by itself: there is no chat that could remember a word."""

    can_last = False

    def __init__(self) -> None:
        self._waiting: dict[int, asyncio.Future[str]] = {}

    async def put(self, n: int, tool: "Tool", lasting: bool, until: datetime) -> None:
        self._waiting[n] = asyncio.get_running_loop().create_future()

    async def decided(self, n: int, until: datetime) -> str:
        """What the person said, '' when nothing until then."""
        try:
            async with asyncio.timeout(max((until - timezone.now()).total_seconds(), 0)):
                return await self._waiting[n]
        except TimeoutError:
            return ""
        finally:
            self._waiting.pop(n, None)

    def decide(self, command: "Decide") -> None:
        """Raises `CommandRejected` when no such call waits."""
        answer = self._waiting.get(command.call)
        if answer is None or answer.done():
            raise CommandRejected(_("This call does not wait for an answer any more."))
        if command.choice == ToolDecision.Choice.CHAT:
            raise CommandRejected(_("This call is asked for each time."), code="not_allowed")
        answer.set_result(command.choice)
