"""Socket addresses. An unknown one is refused like a closed door, not with a server error."""

from channels.generic.websocket import AsyncWebsocketConsumer
from django.urls import path, re_path

from chat.consumers import ChatConsumer


class NoSuchSocket(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.close()


websocket_urlpatterns = [path("ws/chat/", ChatConsumer.as_asgi()), re_path(r"", NoSuchSocket.as_asgi())]
