"""What needs no server: what bytes are, which voice reads what, how forms are taken apart."""

import json

import pytest

from chat.voice.local import shelf
from chat.voice.local.keeper import Refused
from chat.voice.local.server import form_fields
from providers.calls import RawReply
from providers.voice import sounds
from providers.voice.transcription import _read
from tests.servers.voice_server import beep
from webui.conf import Settings
from webui.processes import children


@pytest.mark.parametrize(
    ("head", "ending"),
    [
        (beep(), "wav"),
        (b"ID3\x04", "mp3"),
        (b"\xff\xfb\x90", "mp3"),
        (b"\xff\xf1\x50", "aac"),
        (b"OggS\0", "ogg"),
        (b"\x1a\x45\xdf\xa3", "webm"),
        (b"\0\0\0\x20ftypisom", "m4a"),
        (b"fLaC", "flac"),
    ],
)
def test_sounds_are_told_by_how_they_begin(head, ending):
    assert sounds.kind_of(head[:16]).ending == ending


@pytest.mark.parametrize("head", [b"", b"\xff", b"PK\3\4", b"#EXTM3U", b"RIFF\0\0\0\0AVI ", b"<svg>"])
def test_what_is_no_sound_is_none(head):
    assert sounds.kind_of(head) is None


def test_a_wav_says_how_long_it_is_and_others_are_judged_by_their_size():
    assert sounds.seconds_of(beep(2), sounds.WAV) == pytest.approx(2, abs=0.01)
    assert sounds.seconds_of(bytes(40_000), sounds.MP3) == 10


def test_the_voice_reads_its_own_writing(tmp_path):
    for name, facts in {
        "en_US-joe-medium": {"espeak": {"voice": "en-us"}},
        "zh_CN-huayan-medium": {"language": {"family": "zh"}},
        "en_GB-alan-low": {},
    }.items():
        (tmp_path / f"{name}.onnx").touch()
        (tmp_path / f"{name}.onnx.json").write_text(json.dumps(facts))
    (tmp_path / "broken.onnx").touch()
    known = shelf.voices(tmp_path)
    assert sorted(known) == ["en_GB-alan-low", "en_US-joe-medium", "zh_CN-huayan-medium"]
    assert shelf.voice_for("Hello.", "en_US-joe-medium", known).name == "en_US-joe-medium"
    assert shelf.voice_for("你好。", "en_US-joe-medium", known).name == "zh_CN-huayan-medium"
    del known["zh_CN-huayan-medium"]
    assert shelf.voice_for("你好。", "", known) is None


def test_a_form_keeps_the_bytes_of_its_file():
    sound = bytes(range(256)) + b"\r\n--\r\n\r\r\n"
    body = b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nbase\r\n--x\r\n'
    body += b'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + sound + b"\r\n--x--\r\n"
    assert form_fields("multipart/form-data; boundary=x", body) == {"model": b"base", "file": sound}
    with pytest.raises(Refused):
        form_fields("text/plain", b"")


def test_odd_answers_of_servers_are_read_or_refused():
    odd = {
        "text": " a\0b ",
        "duration": "x",
        "usage": {"seconds": 3},
        "segments": [1, {"start": 0, "end": 1, "text": "a"}],
    }
    heard = _read(RawReply(status=200, headers={}, body=json.dumps(odd).encode()))
    assert (heard.text, heard.seconds, len(heard.segments)) == ("ab", 3, 1)


def test_the_process_starts_only_where_there_are_models(tmp_path, monkeypatch):
    monkeypatch.setattr("webui.processes.find_spec", lambda name: name)
    names = lambda: [child["name"] for child in children(Settings(WEBUI_DATA=tmp_path), host="127.0.0.1", port=1)]  # noqa: E731
    assert "voice" not in names()
    (tmp_path / "voice").mkdir()
    (tmp_path / "voice" / "en_US-joe-medium.onnx").touch()
    assert "voice" in names()
