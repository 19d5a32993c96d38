"""Who lets a call run: the click of the chat's owner, once, from any tab and through any process.

The question is a row, so that it survives reloads and restarts of pages; whoever writes the answer looks at it twice a
second, and hears of a click in its own process at once.
"""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.again import visible_message
from chat.commands import Decide
from chat.database import in_database
from chat.models import Conversation, ToolConsent, ToolDecision
from chat.refusal import CommandRejected

if TYPE_CHECKING:
    from providers.models import Tool
    from webui.accounts.models import User

PATIENCE = 300.0  # seconds that a call waits for its click
LOOK = 0.5
_heard: dict[tuple[int, int], asyncio.Event] = {}
_loops: dict[tuple[int, int], asyncio.AbstractEventLoop] = {}


def decide(user: "User", command: Decide) -> None:
    """Take the owner's word for a call that waits. Raises `CommandRejected` when none does."""
    message = visible_message(user, command.message)
    with transaction.atomic():
        waiting = ToolDecision.objects.select_for_update(of=("self",)).select_related("tool")
        row = waiting.filter(message=message, n=command.call, choice="", until__gt=timezone.now()).first()
        if row is None:
            raise CommandRejected(_("This call does not wait for an answer any more."))
        if command.choice == ToolDecision.Choice.CHAT:
            if not row.lasting:
                raise CommandRejected(_("This call is asked for each time."), code="not_allowed")
            ToolConsent.objects.update_or_create(
                conversation=message.conversation, tool=row.tool, defaults={"pin": row.tool.pin}
            )
        row.choice = command.choice
        row.save(update_fields=["choice"])
    key = (message.pk, command.call)
    if (event := _heard.get(key)) is not None:
        _loops[key].call_soon_threadsafe(event.set)


class StoredAsks:
    """The calls of one answer that is kept, as rows: a click counts from any tab, after a reload too."""

    can_last = True

    def __init__(self, message: int) -> None:
        self._message = message

    async def put(self, n: int, tool: "Tool", lasting: bool, until: datetime) -> None:
        await in_database(wait_for, self._message, n, tool, lasting, until)

    async def decided(self, n: int, until: datetime) -> str:
        return await decided(self._message, n, until)


def wait_for(message: int, n: int, tool: "Tool", lasting: bool, until: datetime) -> None:
    """Put the question down. An answer that is written once more asks once more."""
    row = {"tool": tool, "lasting": lasting, "choice": "", "until": until}
    ToolDecision.objects.update_or_create(message_id=message, n=n, defaults=row)


async def decided(message: int, n: int, until: datetime) -> str:
    """What the person said, '' when nothing until then."""
    key, event = (message, n), asyncio.Event()
    _heard[key], _loops[key] = event, asyncio.get_running_loop()
    try:
        while True:
            if choice := await in_database(_choice, message, n):
                return choice
            left = (until - timezone.now()).total_seconds()
            if left <= 0:
                return await in_database(_close, message, n)
            try:
                async with asyncio.timeout(min(LOOK, left)):
                    await event.wait()
                event.clear()
            except TimeoutError:
                continue
    finally:
        _heard.pop(key, None)
        _loops.pop(key, None)


def consents(chat: Conversation) -> dict[int, str]:
    """Tools that run in this chat without being asked again, with the pin that was allowed."""
    return dict(ToolConsent.objects.filter(conversation=chat.pk).values_list("tool_id", "pin"))


def _choice(message: int, n: int) -> str:
    return ToolDecision.objects.filter(message=message, n=n).values_list("choice", flat=True).first() or ""


def _close(message: int, n: int) -> str:
    """The time is up: from here on a click comes too late, and one that came in this moment counts."""
    ToolDecision.objects.filter(message=message, n=n, choice="").update(choice=ToolDecision.Choice.REFUSE)
    return "" if _choice(message, n) == ToolDecision.Choice.REFUSE else _choice(message, n)
