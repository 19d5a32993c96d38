"""A house that hears and speaks with a scripted server, and programs that come with alice's key."""

import httpx
import pytest
from asgiref.sync import sync_to_async

from tests.servers.voice_server import VoiceServer


@pytest.fixture
def voice_server():
    with VoiceServer() as server:
        yield server


@pytest.fixture
def speaking_house(db, voice_server):
    """Both jobs are with the scripted server, for everybody."""
    from chat.models import VoiceSettings
    from chat.voice import chosen
    from providers.models import Connection, Model

    connection = Connection.objects.create(name="Studio", base_url=voice_server.base_url)
    made = [
        Model.objects.create(connection=connection, name=name, public_id=public_id, kind=kind, for_everyone=True)
        for name, public_id, kind in (("whisper-1", "ears", "transcription"), ("tts-1", "mouth", "speech"))
    ]
    yield VoiceSettings.objects.create(transcription=made[0], speech=made[1], voices=["alto", "bass"], voice="alto")
    chosen.forget()


@pytest.fixture
async def v1(alice):
    """An HTTP client of alice's key against the ASGI application itself."""
    from webui.accounts.models import ApiKey
    from webui.asgi import django_application

    _key, text = await sync_to_async(ApiKey.issue)(alice, "test")
    transport = httpx.ASGITransport(django_application)
    headers = {"Authorization": f"Bearer {text}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost/v1", headers=headers) as client:
        yield client
