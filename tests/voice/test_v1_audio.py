"""/v1/audio/ in OpenAI's shape: behind the same keys, rights, limits and counts as answers; nothing said is kept."""

import io
import tempfile
import zipfile
from pathlib import Path

import httpx2
import openai
import pytest

from providers import counting
from providers.voice import sounds
from tests.servers.voice_server import beep
from webui.conf import conf

pytestmark = pytest.mark.django_db(transaction=True)


def recording(content=None, **fields):
    return {
        "files": {"file": ("said.wav", beep() if content is None else content)},
        "data": {"model": "ears", **fields},
    }


async def test_the_openai_package_hears_and_speaks(speaking_house, voice_server, v1):
    from webui.asgi import django_application

    client = openai.AsyncOpenAI(
        api_key=v1.headers["Authorization"].removeprefix("Bearer "),
        base_url="http://localhost/v1",
        http_client=openai.DefaultAsyncHttpxClient(transport=httpx2.ASGITransport(django_application)),
    )
    heard = await client.audio.transcriptions.create(model="whisper-1", file=("a.wav", beep()), language="zh-Hans")
    assert heard.text == "What is the fee?"
    assert voice_server.asked[0]["language"] == "zh"
    assert voice_server.asked[0]["model"] == "whisper-1"
    assert voice_server.asked[0]["file"] == beep()
    timed = await client.audio.transcriptions.create(
        model="ears", file=("a.wav", beep()), response_format="verbose_json"
    )
    assert (timed.duration, timed.segments[0].end) == (1.5, 1.5)
    spoken = await client.audio.speech.create(model="tts-1", voice="bass", input="It costs 12 euros.", speed=1.5)
    assert spoken.content == beep()
    assert spoken.response.headers["content-type"] == "audio/wav"
    said = voice_server.asked[-1]
    assert (said["voice"], said["input"], said["speed"], said["model"]) == ("bass", "It costs 12 euros.", 1.5, "tts-1")


async def test_words_come_as_text_and_as_subtitles(speaking_house, v1):
    for form, expected in {
        "text": "What is the fee?\n",
        "srt": "1\n00:00:00,000 --> 00:00:01,500\nWhat is the fee?\n",
        "vtt": "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nWhat is the fee?\n",
    }.items():
        assert (await v1.post("/audio/transcriptions", **recording(response_format=form))).text == expected


async def test_what_was_heard_and_said_is_counted(speaking_house, alice, v1):
    from providers.models import Usage

    await v1.post("/audio/transcriptions", **recording())
    await v1.post("/audio/speech", json={"input": "Hello there."})
    await _in_thread(counting.store)
    counted = {row.purpose: row async for row in Usage.objects.filter(user=alice)}
    assert counted["transcription"].prompt_tokens == 15  # 1.5 seconds
    assert counted["transcription"].completion_tokens > 0
    assert (counted["speech"].model_name, counted["speech"].answers) == ("mouth", 1)
    assert counted["speech"].key > 0


async def test_limits_hold_and_what_was_held_is_given_back(speaking_house, voice_server, v1):
    from providers.models import Limit, Meter, Reservation

    await Limit.objects.acreate(for_everyone=True, tokens_day=40)
    assert (await v1.post("/audio/transcriptions", **recording())).status_code == 200
    assert (await Meter.objects.aget()).day_tokens >= 15
    assert not await Reservation.objects.aexists()
    voice_server.scenario = "hangs_up"
    assert (await v1.post("/audio/transcriptions", **recording())).status_code == 502
    assert not await Reservation.objects.aexists()
    voice_server.scenario = "normal"
    for _ in range(3):
        last = await v1.post("/audio/speech", json={"input": "Hello there. " * 9})
    assert (last.status_code, last.json()["error"]["code"]) == (429, "over_budget")


async def test_who_may_not_use_the_model_hears_nothing_of_it(speaking_house, voice_server, alice, v1):
    from django.contrib.auth.models import Group

    from providers.models import Model

    await Model.objects.aupdate(for_everyone=False)
    assert (await v1.post("/audio/transcriptions", **recording())).status_code == 404
    assert (await v1.post("/audio/speech", json={"input": "Hello.", "model": "tts-1"})).status_code == 404
    assert voice_server.asked == []
    assert (await v1.get("/models")).json()["data"] == []
    group = await Group.objects.acreate(name="Speakers")
    await alice.groups.aadd(group)
    await (await Model.objects.aget(public_id="mouth")).groups.aadd(group)
    assert (await v1.post("/audio/speech", json={"input": "Hello."})).status_code == 200
    assert (await v1.post("/audio/transcriptions", **recording())).status_code == 404


async def test_where_nothing_is_chosen_it_says_so(v1, voice_server):
    answer = await v1.post("/audio/speech", json={"input": "Hello."})
    assert answer.status_code == 404
    assert "An administrator can choose a model" in answer.json()["error"]["message"]


def zipped():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("song.txt", "la")
    return packed.getvalue()


THREE_HOURS = beep(0.01)[:28] + (250).to_bytes(4, "little") + beep(0.01)[32:44] + bytes(250 * 3600 * 3)


async def test_what_is_no_recording_goes_to_no_server(speaking_house, voice_server, v1):
    for content, status, words in (
        (zipped(), 400, "no recording, whatever it is called"),
        (b"hello", 400, "no recording"),
        (b"", 400, "empty (0 bytes)"),
        (THREE_HOURS, 400, "longer than 30 minutes"),
        (b"ID3" + bytes(sounds.LARGEST), 413, "larger than 25 MB"),
    ):
        answer = await v1.post("/audio/transcriptions", **recording(content))
        assert (answer.status_code, words in answer.json()["error"]["message"]) == (status, True), words
    assert voice_server.asked == []


async def test_wrong_fields_are_named(speaking_house, voice_server, v1):
    for name, value in {
        "response_format": "midi", "stream": "true", "language": "../x", "temperature": "hot", "model": "a\0b",
    }.items():  # fmt: skip
        answer = await v1.post("/audio/transcriptions", **recording(**{name: value}))
        assert (answer.status_code in (400, 404), answer.json()["error"]["param"]) == (True, name)
    for wrong in ({"input": " \n"}, {"input": "x" * 4097}, {"speed": 9}, {"response_format": "midi"}):
        answer = await v1.post("/audio/speech", json={"input": "Hello.", **wrong})
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, next(iter(wrong)))
    assert voice_server.asked == []


async def test_servers_that_answer_nonsense_or_nothing(speaking_house, voice_server, v1, monkeypatch):
    for way in ("transcription", "speech"):
        monkeypatch.setattr(f"providers.voice.{way}._LARGEST", 2_000_000)
    for scenario, words in {
        "page": "neither words nor sound", "nonsense": "neither words nor sound", "empty": "neither words nor sound",
        "endless": "longer than the speech server takes", "no_audio": "it has no /v1/audio/",
        "hangs_up": "neither words nor sound", "busy": "busy", "refuses": "unknown voice",
    }.items():  # fmt: skip
        voice_server.scenario = scenario
        for answer in (
            await v1.post("/audio/transcriptions", **recording()),
            await v1.post("/audio/speech", json={"input": "Hello."}),
        ):
            assert answer.status_code >= 400, scenario
            assert words in answer.json()["error"]["message"], scenario


async def test_a_server_that_is_silent_is_not_waited_for(speaking_house, voice_server, v1, monkeypatch):
    monkeypatch.setattr("providers.voice.transcription.SECONDS", 0.2)
    voice_server.scenario = "hangs"
    answer = await v1.post("/audio/transcriptions", **recording())
    voice_server.release.set()
    assert answer.status_code == 504
    assert "did not answer in time" in answer.json()["error"]["message"]


async def test_nothing_that_was_said_is_kept(speaking_house, voice_server, alice, v1):
    before = files()
    long = beep(60)
    voice_server.hears = "the secret word is marmalade"
    assert (await v1.post("/audio/transcriptions", **recording(long))).json()["text"] == voice_server.hears
    assert (await v1.post("/audio/speech", json={"input": "Say marmalade."})).status_code == 200
    assert files() == before
    assert b"marmalade" not in await _in_thread(everything_stored)


def files():
    return {path for folder in (conf.data, Path(tempfile.gettempdir())) for path in folder.rglob("*.upload*")} | {
        path for path in conf.data.rglob("*") if "sqlite" not in path.name and "db" not in path.suffix
    }


def everything_stored():
    from django.apps import apps

    rows = [list(model.objects.values_list()) for model in apps.get_models() if model._meta.managed]
    return repr(rows).encode()


async def _in_thread(function):
    from chat.database import in_database

    return await in_database(function)
