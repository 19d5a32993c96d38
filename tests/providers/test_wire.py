"""Bytes to chunks, however they are cut: no server, no network."""

import json

import pytest

from providers.failures import AnswerFailed
from providers.wire import EventDecoder, Limits, LineDecoder

SMALL = Limits(line=100, answer=300, body=1000)


def documents(*reads: bytes, decoder=None) -> list:
    decoder = decoder or EventDecoder(Limits())
    return [document for read in reads for document in decoder.feed(read)] + list(decoder.end())


@pytest.mark.parametrize(
    ("stream", "found"),
    [
        (b'data: {"a":1}\n\ndata: {"a":2}\n\n', [{"a": 1}, {"a": 2}]),
        (b'data:{"a":1}\r\n\r\ndata: {"a":2}', [{"a": 1}, {"a": 2}]),
        (b'data: {"a":1}\rdata: {"a":2}\r\r', [{"a": 1}, {"a": 2}]),
        (b': x\nevent: y\nid: 1\ndata: {"a":1}\nretry: 5\n\n', [{"a": 1}]),
        (b'data: {"a":\ndata: 1}\n\n', [{"a": 1}]),
        (b'data: {"a":1}\n\ndata: [DONE]\n\ndata: {"a":2}\n\n', [{"a": 1}]),
        (b"data: ping\n\ndata:\n\ndata: null\n\n", []),
        (b'\n\n\n  data: {"a":1}\n\n', [{"a": 1}]),
        (b'  {"a":\n 1}', [{"a": 1}]),
        (b'data: {"a":1}\n{"error":"x"}\n', [{"a": 1}, {"error": "x"}]),
        ('data: {"a":"🙂好"}\n\n'.encode(), [{"a": "🙂好"}]),
        (b'data: {"a":"\xff\xfe"}\n\n', [{"a": "\ufffd\ufffd"}]),
        (b'data: {"a":"\\ud83d"}\n\n', [{"a": "\ud83d"}]),
        (b"", []),
    ],
)
def test_events_come_out_whole_however_they_are_cut(stream, found):
    assert documents(stream) == found
    assert documents(*(bytes([byte]) for byte in stream)) == found, "one byte at a time"
    for at in range(1, len(stream)):
        assert documents(stream[:at], stream[at:]) == found, f"cut at {at}"


@pytest.mark.parametrize(
    ("reads", "code"),
    [
        ([b"<html>"], "web_page"),
        ([b"\n", b"<html>"], "web_page"),
        ([b"data: {nonsense}\n\n"], "bad_response"),
        ([b'data: {"a":'], "cut_off"),
        ([b'{"a":'], "cut_off"),
        ([b"{nonsense}"], "bad_response"),
        ([b'data: {"a":"' + b"x" * 100], "too_large"),
        ([b'data: {"a":"', *[b"x"] * 100], "too_large"),
        ([b'data: {"a":"' + b"x" * 100 + b'"}\n\n'], "too_large"),
        ([b"data: {\n", *[b"data: xxxxxxxx\n"] * 20], "too_large"),
        ([b'{"a":"' + b"x" * 300], "too_large"),
        ([b": x\n"] * 300, "too_large"),
        ([b" "] * 1100, "too_large"),
    ],
)
def test_what_is_no_stream_of_events_is_refused(reads, code):
    with pytest.raises(AnswerFailed) as caught:
        documents(*reads, decoder=EventDecoder(SMALL))
    assert caught.value.failure.code == code


def test_deep_nesting_is_no_crash():
    with pytest.raises(AnswerFailed) as caught:
        documents(b"data: " + b'{"a":' * 100_000 + b"\n\n")
    assert caught.value.failure.code == "bad_response"


def test_lines_of_documents_and_one_without_an_end():
    stream = b"".join(json.dumps({"a": number}).encode() + b"\n" for number in range(3)) + b'\n{"a":3}'
    for at in range(1, len(stream)):
        found = documents(stream[:at], stream[at:], decoder=LineDecoder(Limits()))
        assert found == [{"a": number} for number in range(4)]
