"""The socket /ws/chat/: a switchboard. It parses, calls, and returns; answers are written by the runner."""

import asyncio
import logging
from typing import Any

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from chat import heartbeat, presence, temporary
from chat.asking import Asked, CommandRejected, Sent, SignedOut
from chat.commands import (
    Command,
    Continue,
    Decide,
    Ping,
    Regenerate,
    Rejected,
    Resume,
    Send,
    Stop,
    Temporary,
    parse_command,
)
from chat.database import in_database
from chat.models import Message
from chat.notices import chat_frame, tell_of_chat
from chat.origin import replied
from chat.pace import Pace
from chat.presence import language_of
from chat.reading import readable_message
from chat.runner import STOPPED, Closing, runner
from chat.sight import open_sources
from chat.tools import approval
from chat.tools.unstored import UnstoredAsks
from webui.live import Reader, Record, encode, hub

log = logging.getLogger(__name__)
AWAY = _("The database did not answer, so nothing was stored. Please try again in a moment.")
FAULT = _("Something went wrong on the server, and nothing more was done. It is written down there; please try again.")
TOO_FAST = _("This page sends more than the server takes. Wait a moment.")
LOOK_AGAIN = 0.5  # seconds, at a reply that another process writes and nobody tells us of


class ChatConsumer(AsyncWebsocketConsumer):
    """One browser tab. Rights are looked up for every command, never kept."""

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Channels looks for old connections at every frame; those of chat/database.py stay open."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        visitor = await in_database(presence.visitor, self.scope)
        if visitor is None:
            await self.close()
            return
        user, self.session_key = visitor
        self.user_id = user.pk
        self.language = user.language or language_of(self.scope)
        self.pace = Pace(seen=asyncio.get_running_loop().time())
        self.readers: dict[int, Reader] = {}
        self.following: dict[int, asyncio.Task[None]] = {}
        self.unstored: dict[int, asyncio.Task[None]] = {}  # answers of temporary chats: they end with this socket
        self.asking: dict[int, UnstoredAsks] = {}  # the calls of tools that wait in them
        if runner.closing:
            await self.close(code=presence.RESTARTING)
            return
        if presence.is_crowded(self.user_id):
            # Not accepted: the page then asks again ever more slowly.
            await self.close(code=presence.TOO_MANY)
            return
        await self.accept()
        self.wants_notices = b"notices=1" in self.scope["query_string"]
        hub.subscribe(self.user_id, self._noticed)
        presence.enter(self)

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "readers"):
            presence.leave(self)
            hub.unsubscribe(self.user_id, self._noticed)
            for message_id in list(self.readers):
                self._look_away(message_id)
            for task in list(self.unstored.values()):
                task.cancel()

    @property
    def watching(self) -> bool:
        """Whether an answer is on its way to this tab."""
        return bool(self.unstored) or any(pk in hub.streams for pk in self.readers)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        match self.pace.judge(asyncio.get_running_loop().time()):
            case "close":
                await self.close(code=presence.TOO_MANY)
            case "refuse":
                with override(self.language):
                    await self._refuse(None, "too_many", str(TOO_FAST), True)
            case "obey":
                await self._take(text_data)

    async def _take(self, text_data: str | None) -> None:
        command = parse_command(text_data)
        try:
            with override(self.language):
                await self._obey(command)
        except CommandRejected as refusal:
            await self._refuse(getattr(command, "id", None), refusal.code, str(refusal), refusal.retryable)
        except SignedOut:
            await self.close(code=presence.SIGNED_OUT)
        except Closing:
            await self.close(code=presence.RESTARTING)
        except DatabaseError:
            log.exception("a command could not be obeyed")
            with override(self.language):
                await self._refuse(getattr(command, "id", None), "unavailable", str(AWAY), True)
        except Exception:  # the last handler: one command that fails ends no socket, and is heard of once, here
            log.exception("a command failed")
            with override(self.language):
                await self._refuse(getattr(command, "id", None), "fault", str(FAULT))

    async def _obey(self, command: Command | Rejected) -> None:
        match command:
            case Send():
                sent = Sent(user_id=self.user_id, session_key=self.session_key, language=self.language, command=command)
                await self._accepted(command.id, await runner.send(sent))
            case Regenerate():
                await self._accepted(command.id, await runner.regenerate(await self._person(), command))
            case Continue():
                await self._accepted(command.id, await runner.go_on(await self._person(), command))
            case Temporary():
                await self._answer_unstored(command)
            case Stop():
                await self._stop(command.message)
            case Decide():
                await self._decide(command)
            case Resume():
                await self._resume(await self._person(), command)
            case Ping():
                await self._acknowledge(command.seen)
            case Rejected():
                await self._refuse(command.id, command.code, command.detail)

    async def _accepted(self, frame_id: object, asked: Asked) -> None:
        replies = [replied(reply) for reply in asked.replies]
        await self._send(
            {
                "type": "accepted",
                "id": frame_id,
                "chat": str(asked.conversation.pk),
                "message": asked.question.pk,
                "parent": asked.question.parent_id,
                "title": asked.conversation.title,
                "replies": replies,
            }
        )
        for reply in asked.replies:
            await self._watch(reply.pk, asked.after)
        if asked.fresh:
            await tell_of_chat(asked)

    async def _stop(self, message: int) -> None:
        if message >= 0:
            await runner.stop(await self._person(), message)
        elif task := self.unstored.get(message):
            task.cancel(STOPPED)

    async def _decide(self, command: Decide) -> None:
        if command.message >= 0:
            await in_database(approval.decide, await self._person(), command)
        else:
            self.asking.get(command.message, UnstoredAsks()).decide(command)

    async def _acknowledge(self, seen: dict[str, int]) -> None:
        for message, seq in seen.items():
            if message.isascii() and message.isdigit() and (reader := self.readers.get(int(message))):
                reader.acknowledge(seq)
        await self._send({"type": "pong"})

    async def _answer_unstored(self, command: Temporary) -> None:
        asked = await in_database(temporary.prepare, await self._person(), command)
        replies = [{"message": asked.id, "model": asked.reply.model_name}]
        await self._send({"type": "accepted", "id": command.id, "chat": None, "message": None, "replies": replies})
        task = asyncio.create_task(temporary.write(asked, self._send_text), name="temporary answer")
        self.unstored[asked.id], self.asking[asked.id] = task, asked.asks
        task.add_done_callback(lambda _done: (self.unstored.pop(asked.id, None), self.asking.pop(asked.id, None)))

    async def _noticed(self, notice: dict[str, Any]) -> None:
        """A new title goes to every tab; what happened in another one to those that asked for it at connecting."""
        if "about" in notice and not self.wants_notices:
            return
        frame = {name: value for name, value in notice.items() if name != "about"}
        if not self.readers.keys() & set(notice.get("about", ())):
            await self._send(frame)

    async def _resume(self, user: Any, command: Resume) -> None:
        message = await in_database(readable_message, user, command.message)
        after, stream = command.after, hub.streams.get(message.pk)
        if stream and after > stream.record.seq:
            # It saw words that died with their process. What is stored counts: the page is to fetch it.
            await self._send({**chat_frame(message.conversation), "changed": True})
            after = max(stream.record.seq - 1, 0)
        await self._watch(message.pk, after)

    async def _watch(self, message_id: int, after: int) -> None:
        self._look_away(message_id)
        for ended in [pk for pk, reader in self.readers.items() if self._is_over(pk, reader)]:
            self._look_away(ended)
        reader = Reader(
            self._send_text, after, close=self._too_slow, lost=lambda: self._read_stored(message_id, reader)
        )
        self.readers[message_id] = reader
        if not await hub.watch(message_id, reader):
            self._read_stored(message_id, reader)

    def _read_stored(self, message_id: int, reader: Reader) -> None:
        self.following[message_id] = asyncio.create_task(self._follow_stored(message_id, reader))

    def _is_over(self, message_id: int, reader: Reader) -> bool:
        """Whether all of an answer was sent: a tab that stays open for weeks is not to remember each."""
        task = self.following.get(message_id)
        return reader.stream is None and message_id not in hub.streams and (task is None or task.done())

    def _look_away(self, message_id: int) -> None:
        """One reader a message: a second resume takes the place of the first."""
        if reader := self.readers.pop(message_id, None):
            hub.forget({reader})
        if task := self.following.pop(message_id, None):
            task.cancel()

    async def _follow_stored(self, message_id: int, reader: Reader) -> None:
        """Frames out of the database: all of a finished reply, or what another process has stored so far."""
        while True:
            try:
                stored = await in_database(_stored, message_id)
            except DatabaseError as problem:
                log.warning("reply %s could not be read (%s), trying again", message_id, problem)
                await asyncio.sleep(LOOK_AGAIN)
                continue
            if stored is None:
                return
            record, chat = stored
            if record.end is not None and reader.after >= record.seq:
                # The same, when the end is stored already.
                await self._send(chat | {"changed": True})
                reader.after = record.seq - 1
            hub.show(record, reader)
            if record.end is not None:
                return
            await asyncio.sleep(LOOK_AGAIN)
            if await hub.watch(message_id, reader):
                return

    async def _too_slow(self) -> None:
        await self.close(code=presence.TOO_SLOW)

    async def _person(self) -> Any:
        """The person as the database has them now. Raises `SignedOut`."""
        person = await in_database(presence.person, self.user_id, self.session_key)
        if person is None:
            raise SignedOut
        return person

    async def _refuse(self, frame_id: object, code: str, detail: str, retryable: bool = False) -> None:
        body = {"type": "error", "id": frame_id, "message": None, "code": code, "detail": detail}
        await self._send({**body, "retryable": retryable})

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._send_text(encode(frame))

    async def _send_text(self, text: str) -> None:
        # Past the layers between: this is called for every frame of every answer.
        await self.base_send({"type": "websocket.send", "text": text})


def _stored(message_id: int) -> tuple[Record, dict[str, Any]] | None:
    """What is there of a reply, and how its page is told to fetch the chat."""
    heartbeat.reap()
    found = Message.objects.select_related("conversation__owner", "assistant").filter(pk=message_id).first()
    if found is None:
        return None
    open_sources(found.conversation.owner, [found])
    return found.record(), chat_frame(found.conversation)
