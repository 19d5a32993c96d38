"""A model that everybody may use, a provider that says what it is told, and sockets of signed-in people."""

import json

import pytest
from channels.testing import WebsocketCommunicator
from django.test import Client

from providers.scripted import ScriptedProvider

ORIGIN = (b"origin", b"http://localhost")


@pytest.fixture
def model(db):
    from providers.models import Connection, Model

    connection = Connection.objects.create(name="Lab", base_url="http://127.0.0.1:1/v1")
    return Model.objects.create(connection=connection, name="qwen", public_id="qwen", for_everyone=True)


@pytest.fixture
def says(monkeypatch):
    """says("Hello", " world") makes every model answer that; returns the provider."""

    def install(*script, **kwargs):
        provider = ScriptedProvider(*script, **kwargs)
        for module in ("runner", "titles", "temporary", "gateway.completions"):
            monkeypatch.setattr(f"chat.{module}.provider_for", lambda model: provider)
        return provider

    return install


@pytest.fixture(autouse=True)
def no_title_calls(request, monkeypatch):
    """Titles are a second request to the model; only their own tests want it."""
    if "titles" not in request.keywords:

        async def nothing(asked, reply, answer):
            return None

        monkeypatch.setattr("chat.runner.improve_title", nothing)


@pytest.fixture(autouse=True)
def new_heart(monkeypatch):
    """Each test has a database of its own, in which this process has not shown itself yet."""
    monkeypatch.setattr("chat.heartbeat._beaten", -1e9)


class Tab:
    """One browser tab: a socket with its owner's cookie."""

    def __init__(self, user, origin=ORIGIN, notices=False):
        from webui.asgi import application

        client = Client()
        client.force_login(user)
        cookie = f"sessionid={client.cookies['sessionid'].value}".encode()
        headers = [(b"cookie", cookie), (b"host", b"localhost"), *([origin] if origin else [])]
        self.socket = WebsocketCommunicator(application, f"/ws/chat/{'?notices=1' * notices}", headers=headers)

    async def open(self):
        connected, _ = await self.socket.connect()
        return connected

    async def say(self, **frame):
        await self.socket.send_to(text_data=json.dumps(frame))

    async def hear(self):
        return json.loads(await self.socket.receive_from(5))

    async def hear_until(self, *kinds):
        """All frames up to the first of one of these kinds."""
        frames = []
        while not frames or frames[-1]["type"] not in kinds:
            frames.append(await self.hear())
        return frames

    async def close(self):
        await self.socket.disconnect()


@pytest.fixture
async def tab():
    """await tab(alice) opens a tab; all are closed at the end."""
    from asgiref.sync import sync_to_async

    tabs = []

    async def open_tab(user, **kwargs):
        opened = await sync_to_async(Tab)(user, **kwargs)
        tabs.append(opened)
        assert await opened.open()
        return opened

    yield open_tab
    for opened in tabs:
        await opened.close()


def text_of(frames):
    return "".join(frame["text"] for frame in frames if frame["type"] == "delta")
