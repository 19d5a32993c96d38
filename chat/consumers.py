"""The socket /ws/chat/: a switchboard. It parses, calls, and returns; answers are written by the runner."""

import asyncio
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils.translation import override

from chat import presence, storing
from chat.asking import Asked, CommandRejected, visible_message
from chat.commands import Command, Ping, Regenerate, Rejected, Resume, Send, Stop, parse_command
from chat.models import Message
from chat.presence import language_of
from chat.runner import runner
from chat.titles import group_of
from webui.live import Reader, encode, hub, replay

LOOK_AGAIN = 0.5  # seconds, at a reply that another process writes


class ChatConsumer(AsyncWebsocketConsumer):
    """One browser tab. Rights are looked up for every command, never kept."""

    async def connect(self) -> None:
        user = self.scope["user"]
        if not user.is_authenticated:
            await self.close()
            return
        self.user_id = user.pk
        self.session_key = self.scope["session"].session_key
        self.language = language_of(self.scope)
        self.readers: dict[int, Reader] = {}
        self.following: dict[int, asyncio.Task[None]] = {}
        await self.channel_layer.group_add(group_of(user.pk), self.channel_name)
        await database_sync_to_async(storing.interrupt_orphans)()
        await self.accept()
        presence.enter(self)

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "readers"):
            presence.leave(self)
            for message_id in list(self.readers):
                self._look_away(message_id)
            await self.channel_layer.group_discard(group_of(self.user_id), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        command = parse_command(text_data)
        user = await self._person()
        if user is None:
            await self.close(code=presence.SIGNED_OUT)
            return
        try:
            with override(user.language or self.language):
                await self._obey(user, command)
        except CommandRejected as refusal:
            await self._refuse(getattr(command, "id", None), refusal.code, str(refusal), refusal.retryable)

    async def _obey(self, user: Any, command: Command | Rejected) -> None:
        match command:
            case Send():
                await self._accepted(command.id, await runner.send(user, command))
            case Regenerate():
                await self._accepted(command.id, await runner.regenerate(user, command))
            case Stop():
                await runner.stop(user, command.message)
            case Resume():
                await self._resume(user, command)
            case Ping():
                await self._send({"type": "pong"})
            case Rejected():
                await self._refuse(command.id, command.code, command.detail)

    async def chat_titled(self, event: dict[str, Any]) -> None:
        await self._send({"type": "chat", "chat": event["chat"], "title": event["title"]})

    async def _accepted(self, frame_id: object, asked: Asked) -> None:
        replies = [{"message": reply.pk, "model": reply.model_name} for reply in asked.replies]
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
            await self._watch(reply.pk, 0)

    async def _resume(self, user: Any, command: Resume) -> None:
        message = await database_sync_to_async(visible_message)(user, command.message)
        await self._watch(message.pk, command.after)

    async def _watch(self, message_id: int, after: int) -> None:
        self._look_away(message_id)
        reader = self.readers[message_id] = Reader(self._send_text, after)
        if not await hub.watch(message_id, reader):
            self.following[message_id] = asyncio.create_task(self._follow_stored(message_id, reader))

    def _look_away(self, message_id: int) -> None:
        """One reader a message: a second resume takes the place of the first."""
        if reader := self.readers.pop(message_id, None):
            hub.forget({reader})
        if task := self.following.pop(message_id, None):
            task.cancel()

    async def _follow_stored(self, message_id: int, reader: Reader) -> None:
        """Frames out of the database: all of a finished reply, or what another process has stored so far."""
        while True:
            record = await database_sync_to_async(_stored_record)(message_id)
            if record is None:
                return
            for frame in replay(record, reader.after):
                await self._send(frame)
                reader.after = frame["seq"]
            if record.end is not None:
                return
            await asyncio.sleep(LOOK_AGAIN)
            if await hub.watch(message_id, reader):
                return

    async def _person(self) -> Any:
        """The person as the database has them now; None once signed out or disabled."""
        return await database_sync_to_async(presence.person)(self.user_id, self.session_key)

    async def _refuse(self, frame_id: object, code: str, detail: str, retryable: bool = False) -> None:
        body = {"type": "error", "id": frame_id, "message": None, "code": code, "detail": detail}
        await self._send({**body, "retryable": retryable})

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._send_text(encode(frame))

    async def _send_text(self, text: str) -> None:
        await self.send(text_data=text)


def _stored_record(message_id: int) -> Any:
    storing.interrupt_orphans()
    message = Message.objects.prefetch_related("sources").filter(pk=message_id).first()
    return message.record() if message else None
