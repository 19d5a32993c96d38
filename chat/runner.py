"""Runs answers: one asyncio task a reply in the web process, whatever becomes of the socket that asked for it.

`chat/turn.py` says what happens during one answer; here its events become frames, and what was written is kept: at most
a second behind for all running answers together, and whole at the end.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never
from uuid import UUID

from chat import again, presence, storing
from chat.asking import Asked, CommandRejected, Sent, ask_all
from chat.assistants import grant_of
from chat.commands import Continue, Regenerate
from chat.database import in_database
from chat.events import (
    AnswerFinished,
    OlderLeftOut,
    ReasoningAdded,
    SourcesFound,
    StageReached,
    TextAdded,
    ToolCallsAdded,
    TurnEvent,
)
from chat.gateway.running import end_all
from chat.images.drawing import draw
from chat.images.wish import IMAGE
from chat.keeper import Keeper
from chat.models import INTERRUPTED, Message
from chat.notices import tell_of_chat
from chat.origin import BESIDE
from chat.retrieving import PersonsRetriever
from chat.rows import Ending
from chat.spending import counted, spending
from chat.titles import improve_title
from chat.together import Together
from chat.tools.calls import settle
from chat.turn import answer
from knowledge.passages import RetrievalError, SearchError
from providers import counting
from providers.base import ProviderError
from providers.budgets import OverBudget
from providers.clients import close_all, provider_for
from webui.conf import conf
from webui.live import Frame, Hub, Record, Stream, hub

if TYPE_CHECKING:
    from webui.accounts.models import User

STOPPED = "stopped"
CLOSING = "closing"
PATIENCE = 20.0  # seconds for storing the end of an answer before its page is told that something is wrong
LOOK = 0.5  # seconds, at an answer above that another process writes
log = logging.getLogger(__name__)


class Closing(Exception):
    """This process is about to end and takes nothing new; the client asks again and reaches another one."""


class Runner:
    """The replies that this process is writing."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._chats: dict[int, UUID] = {}  # of the replies that are being written
        self._titles: set[asyncio.Task[None]] = set()
        self._ends: set[asyncio.Task[Ending]] = set()
        self._ask: Together[Sent, Asked] = Together(ask_all)
        self._keeper = Keeper(self)
        self.closing = False

    @property
    def running(self) -> int:
        return len(self._tasks)

    def records(self) -> list[Record]:
        """What is being written here, as far as it is: copies, for they are stored while more is written."""
        streams = (self._hub.streams.get(pk) for pk in self._tasks)
        return [stream.record.copy() for stream in streams if stream and stream.record.end is None]

    async def send(self, sent: Sent) -> Asked:
        """Store the question, then start its replies. Raises `CommandRejected`, `SignedOut`, `Closing`."""
        if self.closing:
            raise Closing
        return self.write(await self._ask(sent))

    async def regenerate(self, user: "User", command: Regenerate) -> Asked:
        return await self.begin(again.ask_again, user, command)

    async def go_on(self, user: "User", command: Continue) -> Asked:
        return await self.begin(again.go_on, user, command)

    async def begin(self, ask: Callable[..., Asked], *what: object) -> Asked:
        if self.closing:
            raise Closing
        return self.write(await in_database(ask, *what))

    async def stop(self, user: "User", message_id: int) -> None:
        """End the reply with what it has; a reply that has ended stays as it is."""
        message = await in_database(again.visible_message, user, message_id)
        if self.stop_here(message.pk) or message.state != Message.State.RUNNING:
            return
        await in_database(Message.objects.filter(pk=message.pk).update, stop_requested=True)
        await self._hub.ask_stop(message.pk)

    def _stop_asked(self, message_id: int) -> None:
        self.stop_here(message_id)

    def stop_here(self, message_id: int) -> bool:
        """Whether the reply is written in this process; then it ends."""
        if task := self._tasks.get(message_id):
            task.cancel(STOPPED)
        return task is not None

    def stand_by(self) -> None:
        """The process serves from now on: other processes are heard, and what dead ones have left is ended."""
        self._hub.start(conf.redis_url)
        self._keeper.stand_by()

    async def drain(self, seconds: float) -> None:
        """Take nothing new, let what runs come to its end for so long, keep the rest as interrupted, say goodbye."""
        self.closing = True
        await presence.send_away(idle=True)
        for title in self._titles:
            title.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)
        late = list(self._tasks.values())
        for task in late:
            task.cancel(CLOSING)
        await asyncio.gather(*late, return_exceptions=True)
        await self._hub.stop()
        await presence.send_away()

    async def close(self) -> None:
        """Hang up on the model servers. Last, because requests to the API stream through the same clients."""
        await end_all()
        try:
            await in_database(counting.store)
        except storing.DatabaseError as problem:
            log.warning("what the last answers used could not be counted (%s)", problem)
        await close_all()

    def write(self, asked: Asked) -> Asked:
        """Begin to write its replies, in the context of whoever calls."""
        if asked.fresh:
            self._hub.on_stop = self._stop_asked
            for reply in asked.running:
                self._hub.open(reply.pk, asked.begun)
                self._tasks[reply.pk] = asyncio.create_task(self._write(asked, reply), name=f"reply {reply.pk}")
                self._chats[reply.pk] = asked.conversation.pk
            self._keeper.start()
        return asked

    async def _write(self, asked: Asked, reply: Message) -> None:
        stream = self._hub.streams[reply.pk]
        try:
            await self._answer(asked, reply, stream)
        finally:
            self._tasks.pop(reply.pk, None)
            self._chats.pop(reply.pk, None)
        await tell_of_chat(asked, ended=reply.pk, running=asked.conversation.pk in self._chats.values())
        if reply.state == Message.State.COMPLETE and not self.closing:
            # A task of its own: who waits for this answer does not wait for its title.
            title = asyncio.create_task(improve_title(asked, reply, stream.record.text), name=f"title {reply.pk}")
            self._titles.add(title)
            title.add_done_callback(self._titles.discard)

    async def _answer(self, asked: Asked, reply: Message, stream: Stream) -> None:
        started = time.monotonic()
        try:
            ending = await self._follow(asked, reply, stream, started)
        except (ProviderError, RetrievalError, SearchError, CommandRejected, OverBudget) as reason:
            ending = failed(stream, *storing.reason_of(reason))
        except asyncio.CancelledError as cancelled:
            match cancelled.args:
                case ("stopped",):
                    ending = finished(stream, AnswerFinished(finish_reason=STOPPED), started)
                case ("closing",):
                    ending = failed(stream, "interrupted", str(INTERRUPTED), True)
                case _:
                    raise  # the loop ends without a word; the reaper finds the row
        except Exception:
            log.exception("reply %s failed", reply.pk)
            ending = failed(stream, "internal", str(storing.INTERNAL), True)
        reply.state, ending = ending.state, counted(asked.user, reply, storing.accounted(reply, ending))
        # A stop that comes now is too late: the end is written whole.
        await asyncio.shield(self._end(stream, ending))

    async def _follow(self, asked: Asked, reply: Message, stream: Stream, started: float) -> Ending:
        """The turn from its first event to its last."""
        if IMAGE in reply.params:
            return finished(stream, await draw(asked.user, asked.question, reply, stream), started)
        if await self._wait_for_answer_above(asked, stream):
            question, ledger = await in_database(storing.question_for, asked.user, asked.question, reply)
        elif _needs_no_look(asked, reply):
            question, ledger = storing.told(asked.question, reply)
        else:
            question, ledger = await in_database(storing.told, asked.question, reply)
        reply.account, end = ledger, AnswerFinished(finish_reason="stop")
        model = ledger.model or storing.model_of(reply)
        provider = provider_for(model)
        retriever = PersonsRetriever(asked.user, grant_of(reply), model=model, provider=provider)
        events = answer(question, retriever=retriever, provider=provider, ledger=ledger)
        spent = spending(reply)
        async with contextlib.aclosing(events):
            async for event in events:
                if spent:
                    await spent.take(event)
                match event:
                    case TextAdded(text=text):
                        stream.add_text(text)
                    case OlderLeftOut() | ToolCallsAdded():
                        pass  # the ledger says which; a chat without tools wants no calls
                    case AnswerFinished():
                        end = event
                    case _:
                        await self._show(event, reply, stream)
        return finished(stream, end, started)

    async def _show(self, event: TurnEvent, reply: Message, stream: Stream) -> None:
        match event:
            case ReasoningAdded(text=text):
                stream.add_reasoning(text)
            case StageReached(stage=stage, detail=detail):
                stream.reach(stage, detail)
            case SourcesFound(passages=passages):
                stream.show_sources(
                    await in_database(storing.keep_sources, reply, passages, bool(stream.record.sources))
                )
            case TextAdded() | OlderLeftOut() | ToolCallsAdded() | AnswerFinished():
                raise AssertionError(event)
            case _:
                assert_never(event)

    async def _wait_for_answer_above(self, asked: Asked, stream: Stream) -> bool:
        """A question that was sent while an answer ran is put when that has ended. False when there was none."""
        above = asked.question.parent
        if above is None or above.state != Message.State.RUNNING:
            return False
        stream.reach("queued", "")
        while await in_database(Message.objects.filter(pk=above.pk, state=Message.State.RUNNING).exists):
            if task := self._tasks.get(above.pk):
                await asyncio.wait([task])
            else:
                await asyncio.sleep(LOOK)
        return True

    async def _end(self, stream: Stream, ending: Ending) -> None:
        """Store, then tell. No page waits for ever for a database that is away; when it is back the end is stored."""
        if stream.record.sources:
            ending = await asyncio.to_thread(storing.with_checks, ending)
        storing_it = asyncio.create_task(self._keeper.end(ending), name=f"end of reply {stream.record.message}")
        self._ends.add(storing_it)
        storing_it.add_done_callback(self._ends.discard)
        await asyncio.wait({storing_it}, timeout=PATIENCE)
        is_stored = storing_it.done() and not storing_it.exception()
        stream.finish(storing_it.result().frame if is_stored else failure("internal", str(storing.INTERNAL), True))


def _needs_no_look(asked: Asked, reply: Message) -> bool:
    """Nothing was said above, and nothing stands around it: all that is asked is at hand."""
    around = asked.conversation.has_files or asked.conversation.folder_id or reply.params.keys() & BESIDE
    return not (asked.question.parent_id or reply.text or around)


def finished(stream: Stream, end: AnswerFinished, started: float) -> Ending:
    """The answer is complete, or was stopped by a person (reason 'stopped')."""
    settle(stream)
    usage = {**end.usage, "seconds": round(time.monotonic() - started, 2)}
    return Ending(
        record=stream.record,
        frame={"type": "done", "usage": usage, "finish_reason": end.finish_reason},
        state=Message.State.STOPPED if end.finish_reason == STOPPED else Message.State.COMPLETE,
        finish_reason=end.finish_reason,
        usage=usage,
    )


def failed(stream: Stream, code: str, detail: str, retryable: bool) -> Ending:
    """The answer could not be finished; what had arrived is kept."""
    settle(stream)
    state = Message.State.INTERRUPTED if code == "interrupted" else Message.State.FAILED
    frame = failure(code, detail, retryable)
    return Ending(record=stream.record, frame=frame, state=state, code=code, detail=detail, retryable=retryable)


def failure(code: str, detail: str, retryable: bool) -> Frame:
    """The last frame of a reply that could not be finished."""
    return {"type": "error", "id": None, "code": code, "detail": detail, "retryable": retryable}


runner = Runner(hub)
