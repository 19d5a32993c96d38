"""Frames: numbered without gaps, made again from any point, the same from memory and from the database."""

import json

import pytest

from webui.live import Hub, Reader, Record, replay


def written() -> Record:
    trail = [["retrieving", ""], "sources", -5, 6, 6]
    end = {"type": "done", "usage": {}, "finish_reason": "stop"}
    return Record(message=7, text="Hello world!", reasoning="hmmm.", trail=trail, sources=[{"n": 1}], end=end)


def test_a_record_gives_its_frames_in_order_with_rising_numbers():
    frames = list(replay(written(), 0))
    assert [frame["type"] for frame in frames] == ["status", "sources", "reasoning", "delta", "delta", "done"]
    assert [frame["seq"] for frame in frames] == [1, 2, 3, 4, 5, 6]
    assert [frame.get("text") for frame in frames] == [None, None, "hmmm.", "Hello ", "world!", None]


@pytest.mark.parametrize("after", range(8))
def test_a_resume_gets_exactly_what_it_has_not_seen(after):
    everything = list(replay(written(), 0))
    assert list(replay(written(), after)) == everything[after:]


async def test_two_readers_one_late_get_the_same_text():
    hub = Hub()
    early, late = [], []

    async def into(frames, text):
        frames.append(json.loads(text))

    stream = hub.open(1)
    await hub.watch(1, Reader(lambda text: into(early, text)))
    stream.add_text("one ")
    stream.settle()
    stream.add_text("two")
    await hub.watch(1, Reader(lambda text: into(late, text)))
    stream.finish({"type": "done"})
    while 1 in hub.streams:
        await hub_turn()
    for frames in (early, late):
        assert "".join(frame.get("text", "") for frame in frames) == "one two"
        assert [frame["seq"] for frame in frames] == [1, 2, 3]


async def hub_turn():
    import asyncio

    await asyncio.sleep(0)


async def test_pending_text_and_reasoning_keep_their_order():
    hub = Hub()
    stream = hub.open(1)
    stream.add_text("a")
    stream.add_reasoning("b")
    stream.add_text("c")
    stream.settle()
    assert stream.record.trail == [1, -1, 1]
    assert (stream.record.text, stream.record.reasoning) == ("ac", "b")


async def test_a_forgotten_reader_gets_nothing_more():
    hub = Hub()
    got = []

    async def take(text):
        got.append(text)

    reader = Reader(take)
    stream = hub.open(1)
    await hub.watch(1, reader)
    hub.forget({reader})
    stream.add_text("secret")
    stream.finish({"type": "done"})
    while 1 in hub.streams:
        await hub_turn()
    assert got == []
