"""Temporary chats: asked and answered without a row. What was said before comes with each question and is kept nowhere.

An answer is written for the one socket that asked, and ends when that closes: no hub, no checkpoint, no title, no words
in a log. What is counted is numbers: tokens, and what a limit holds. The web is not asked: engines, and the store of
fetched pages, would learn the words.
"""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import get_language

from chat import assistants, spending, storing
from chat.asking import CommandRejected, chosen_libraries
from chat.assistants import grant_of
from chat.commands import Temporary
from chat.database import in_database
from chat.events import AnswerFinished, ReasoningAdded, SourcesFound, StageReached, TextAdded
from chat.folders import instructions
from chat.ledger import Ledger, ledger_for
from chat.models import Conversation, Message
from chat.retrieving import PersonsRetriever
from chat.rows import Ending
from chat.runner import STOPPED, Closing, failed, finished, runner
from chat.tools.unstored import UnstoredAsks
from chat.turn import Question, answer
from knowledge.passages import RetrievalError, SearchError
from providers import budgets
from providers.access import ModelNotAllowed
from providers.base import ChatMessage, ProviderError
from providers.budgets import OverBudget
from providers.clients import place_for, provider_for
from providers.models import Model
from webui.live import Record, Stream
from webui.live.frames import Place

if TYPE_CHECKING:
    from chat.tools.toolbox import Toolbox
    from webui.accounts.models import User

TICK = 0.04  # seconds between two deliveries
log = logging.getLogger(__name__)
Tell = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that stands nowhere; `reply` is a row that is never stored. Ids are below zero, as no row's is."""

    user: "User"
    reply: Message
    question: Question
    ledger: Ledger
    asks: UnstoredAsks

    @property
    def id(self) -> int:
        return int(self.reply.pk)


def prepare(user: "User", command: Temporary) -> Asked:
    """What is asked, with the rights of this moment. Raises `CommandRejected`."""
    if runner.closing:
        raise Closing
    try:
        choice = assistants.chosen(user, command.models[:1] or assistants.usual(user))[0]
    except ModelNotAllowed as refusal:
        raise CommandRejected(str(refusal), code="not_allowed") from None
    libraries = [str(library.pk) for library in chosen_libraries(user, command.libraries)]
    said = [ChatMessage(role=one.role, content=one.text) for one in command.said if one.text.strip()]
    chat = Conversation(owner=user, **(command.settings.columns() if command.settings else {}))
    # All that is sent is counted for the estimate: nothing says how much stood above.
    everything = "\n".join([*(one.text for one in command.said), command.text])
    reply = Message(conversation=chat, role=Message.Role.ASSISTANT, model_name=choice.public_id)
    reply.pk = -secrets.randbelow(2**50) - 1
    reply.parent = Message(conversation=chat, role=Message.Role.USER, text=everything)
    reply.params = {"libraries": libraries, "params": choice.params({**chat.params, **command.params})}
    choice.write_into(reply)
    with transaction.atomic():
        if refusal_of_limits := spending.claim_all([(user, [reply])])[0]:
            raise CommandRejected(str(refusal_of_limits), code=refusal_of_limits.code, retryable=True)
    return _asked(user, reply, place_for(choice.model), said, command)


def _asked(user: "User", reply: Message, model: Model, said: list[ChatMessage], command: Temporary) -> Asked:
    ledger, asks = ledger_for(model), UnstoredAsks()
    question = Question(
        messages=[*instructions(reply), *said, ChatMessage(role="user", content=command.text)],
        model=model.name,
        window=ledger.place.told,
        fit=ledger.place.told or storing.UNKNOWN_WINDOW,
        libraries=[*reply.params["libraries"], *reply.params.get("granted", ())],
        params=reply.params["params"],
        language=get_language() or "en",
        say_nothing_found=True,
        tools=_toolbox(user, reply, model, command.tools, asks) if command.tools else None,
    )
    reply.account = ledger
    return Asked(user=user, reply=reply, question=question, ledger=ledger, asks=asks)


def _toolbox(user: "User", reply: Message, model: Model, tools: Sequence[int], asks: UnstoredAsks) -> "Toolbox | None":
    from chat.tools.opening import toolbox_for

    return toolbox_for(user, reply, model, tools, asks)


async def write(asked: Asked, tell: Tell) -> None:
    """The whole answer, frame by frame, to whoever asked. Cancelled with `stopped` it ends with what it has."""
    news, used = asyncio.Event(), 0
    stream = Stream(
        Record(message=asked.id), wake=lambda _stream: news.set(), deliver=lambda _stream: news.set()
    )  # fmt: skip
    telling = asyncio.create_task(_tell(stream, news, tell), name="telling of a temporary answer")
    try:
        ending = await _ending(asked, stream)
        ending = spending.counted(asked.user, asked.reply, storing.accounted(asked.reply, ending))
        if stream.record.sources:
            ending = await asyncio.to_thread(storing.with_checks, ending)
        used = ending.used
        stream.finish(ending.frame)
        await telling
    finally:
        telling.cancel()
        if asked.reply.claim:
            await asyncio.shield(in_database(budgets.settle_all, [(asked.reply.claim, used)]))


async def _ending(asked: Asked, stream: Stream) -> Ending:
    started = time.monotonic()
    try:
        return finished(stream, await _follow(asked, stream), started)
    except (ProviderError, RetrievalError, SearchError, CommandRejected, OverBudget) as reason:
        return failed(stream, *storing.reason_of(reason))
    except asyncio.CancelledError as cancelled:
        if cancelled.args != (STOPPED,):
            raise
        return finished(stream, AnswerFinished(finish_reason=STOPPED), started)
    except Exception as problem:
        # Without what it says, and without a trace: both might quote what was said.
        log.exception("a temporary answer failed: %s", type(problem).__name__, exc_info=False)
        return failed(stream, "internal", str(storing.INTERNAL), True)


async def _follow(asked: Asked, stream: Stream) -> AnswerFinished:
    reply, end = asked.reply, AnswerFinished(finish_reason="stop")
    model = asked.ledger.model or storing.model_of(reply)
    provider = provider_for(model)
    retriever = PersonsRetriever(asked.user, grant_of(reply), model=model, provider=provider)
    spent = spending.spending(reply)
    async with contextlib.aclosing(
        answer(asked.question, retriever=retriever, provider=provider, ledger=asked.ledger)
    ) as events:
        async for event in events:
            if spent:
                await spent.take(event)
            match event:
                case TextAdded(text=text):
                    stream.add_text(text)
                case ReasoningAdded(text=text):
                    stream.add_reasoning(text)
                case StageReached(stage=stage, detail=detail):
                    stream.reach(stage, detail)
                case SourcesFound(passages=passages):
                    rows = [storing.source_of(None, n, passage) for n, passage in enumerate(passages, 1)]
                    stream.show_sources([row.to_wire() for row in rows])
                case AnswerFinished():
                    end = event
    return end


async def _tell(stream: Stream, news: asyncio.Event, tell: Tell) -> None:
    place = Place()
    while stream.record.end is None or place.after < stream.record.seq:
        await news.wait()
        await asyncio.sleep(TICK)
        news.clear()
        stream.marked = False
        stream.settle()
        while place.after < stream.record.seq and (frame := place.next_frame(stream.record)):
            await tell(frame)
            place.after += 1
