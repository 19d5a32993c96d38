"""Runs answers: one asyncio task a reply in the web process, whatever becomes of the socket that asked for it.

What was written is stored at most a second behind for all running replies together; a stop asked for in another process
is seen at the same moment. A reply whose process died is found by its old heartbeat and ends as interrupted.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

from channels.db import database_sync_to_async

from chat import storing
from chat.asking import Asked, CommandRejected, ask, ask_again, visible_message
from chat.commands import Regenerate, Send
from chat.events import (
    AnswerFinished,
    ReasoningAdded,
    SourcesFound,
    StageReached,
    TextAdded,
    ToolCallsAdded,
    TurnEvent,
)
from chat.models import Message
from chat.retrieving import PersonsRetriever
from chat.titles import improve_title
from chat.turn import answer
from knowledge.passages import RetrievalError, SearchError
from providers.base import ProviderError
from providers.clients import provider_for
from webui.live import Frame, Hub, Stream, hub

if TYPE_CHECKING:
    from webui.accounts.models import User

CHECKPOINT = 1.0  # seconds
STOPPED = "stopped"
log = logging.getLogger(__name__)


class Runner:
    """The replies that this process is writing."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._keeper: asyncio.Task[None] | None = None

    async def send(self, user: "User", command: Send) -> Asked:
        """Store the question, then start its replies. Raises `CommandRejected`."""
        return self._start(user, await database_sync_to_async(ask)(user, command))

    async def regenerate(self, user: "User", command: Regenerate) -> Asked:
        return self._start(user, await database_sync_to_async(ask_again)(user, command))

    async def stop(self, user: "User", message_id: int) -> None:
        """End the reply with what it has; a reply that has ended stays as it is."""
        message = await database_sync_to_async(visible_message)(user, message_id)
        if task := self._tasks.get(message.pk):
            task.cancel(STOPPED)
        elif message.state == Message.State.RUNNING:
            await Message.objects.filter(pk=message.pk).aupdate(stop_requested=True)

    def _start(self, user: "User", asked: Asked) -> Asked:
        if asked.fresh:
            for reply in asked.replies:
                self._hub.open(reply.pk)
                task = asyncio.create_task(self._write(user, asked, reply), name=f"reply {reply.pk}")
                self._tasks[reply.pk] = task
            if self._keeper is None or self._keeper.done():
                self._keeper = asyncio.create_task(self._keep(), name="checkpoints")
        return asked

    async def _write(self, user: "User", asked: Asked, reply: Message) -> None:
        stream = self._hub.streams[reply.pk]
        try:
            await self._answer(user, asked, reply, stream)
        finally:
            self._tasks.pop(reply.pk, None)
        if reply.state == Message.State.COMPLETE:
            await improve_title(asked, reply)

    async def _answer(self, user: "User", asked: Asked, reply: Message, stream: Stream) -> None:
        started = time.monotonic()
        try:
            model, question = await database_sync_to_async(storing.question_for)(user, asked.question, reply)
            finished = None
            events = answer(question, retriever=PersonsRetriever(user), provider=provider_for(model))
            async with contextlib.aclosing(events):
                async for event in events:
                    finished = await self._take(event, reply, stream) or finished
        except (ProviderError, RetrievalError, SearchError, CommandRejected) as reason:
            ending = self._fail(reply, stream, *storing.reason_of(reason))
        except asyncio.CancelledError as cancelled:
            # Only a person's stop is an end; a closing server leaves the reply to the reaper with its text.
            if cancelled.args != (STOPPED,):
                raise
            ending = self._finish(reply, stream, AnswerFinished(finish_reason=STOPPED), started)
        except Exception:
            log.exception("reply %s failed", reply.pk)
            ending = self._fail(reply, stream, "internal", str(storing.INTERNAL), True)
        else:
            ending = self._finish(reply, stream, finished or AnswerFinished(finish_reason="stop"), started)
        # A stop that comes now is too late: the end is written whole.
        await asyncio.shield(ending)

    async def _take(self, event: TurnEvent, reply: Message, stream: Stream) -> AnswerFinished | None:
        match event:
            case TextAdded(text=text):
                stream.add_text(text)
            case ReasoningAdded(text=text):
                stream.add_reasoning(text)
            case StageReached(stage=stage, detail=detail):
                stream.reach(stage, detail)
            case SourcesFound(passages=passages):
                stream.show_sources(await database_sync_to_async(storing.keep_sources)(reply, passages))
            case AnswerFinished():
                return event
            case ToolCallsAdded():
                pass  # a chat sends no tools, so what comes is not for it
            case _:
                assert_never(event)
        return None

    async def _finish(self, reply: Message, stream: Stream, end: AnswerFinished, started: float) -> None:
        stream.settle()
        usage = {**end.usage, "seconds": round(time.monotonic() - started, 2)}
        frame = {"type": "done", "usage": usage, "finish_reason": end.finish_reason}
        await self._end(stream, frame, storing.finish, reply, stream.record, end.finish_reason, usage)

    async def _fail(self, reply: Message, stream: Stream, code: str, detail: str, retryable: bool) -> None:
        stream.settle()
        await self._end(
            stream, failure(code, detail, retryable), storing.fail, reply, stream.record, code, detail, retryable
        )

    async def _end(self, stream: Stream, frame: Frame, store: Callable[..., None], *stored: object) -> None:
        """Store, then tell. When it cannot be stored the page is told that; the reaper ends the row."""
        try:
            await database_sync_to_async(store)(*stored)
        except storing.DatabaseError:
            log.exception("the end of reply %s could not be stored", stream.record.message)
            frame = failure("internal", str(storing.INTERNAL), True)
        stream.finish(frame)

    async def _keep(self) -> None:
        """Once a second: store what is running, hear stops from elsewhere, end orphans. Ends when nothing runs."""
        while self._tasks:
            await asyncio.sleep(CHECKPOINT)
            records = [self._hub.streams[pk].record for pk in self._tasks if pk in self._hub.streams]
            try:
                stopped = await database_sync_to_async(storing.checkpoint)(records)
            except storing.DatabaseError:
                log.exception("checkpoint failed, trying again")
                continue
            for pk in stopped:
                if task := self._tasks.get(pk):
                    task.cancel(STOPPED)


def failure(code: str, detail: str, retryable: bool) -> Frame:
    """The last frame of a reply that could not be finished."""
    return {"type": "error", "id": None, "code": code, "detail": detail, "retryable": retryable}


runner = Runner(hub)
