"""Answers between web processes: a page sees the same frames wherever they are written, whatever becomes of Redis."""

import asyncio
import json
import logging
import os
import sys

import pytest
from redis.asyncio import Redis

from tests.servers.house import ROOT
from tests.servers.redis import Missing, redis_server
from tests.waiting import eventually_async
from webui.live import Hub, Reader, keys, outgoing, relay, replay

DONE = {"type": "done", "usage": {"seconds": 1.5}, "finish_reason": "stop"}
SOURCES = [{"n": 1, "title": "a\tb\nc", "text": "第一"}]
WRITER = """
import asyncio, sys
from webui.live import hub, relay
relay.BEAT, relay.ALIVE_MS = 0.1, 1500

async def write():
    hub.start(sys.argv[1])
    stream = hub.open(1)
    stream.add_text("half an")
    while True:
        await asyncio.sleep(0.05)
        stream.add_text(".")

asyncio.run(write())
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    try:
        with redis_server(tmp_path_factory.mktemp("redis")) as server:
            yield server
    except Missing as reason:
        pytest.skip(str(reason))


@pytest.fixture
def redis(running):
    """A Redis that is up and empty."""
    if not running.is_up():
        running.start()
    running.say("CONFIG", "SET", "maxmemory", "0")
    running.say("FLUSHALL")
    return running


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Everything that waits, waits less."""
    monkeypatch.setattr(relay, "BEAT", 0.1)
    monkeypatch.setattr(relay, "ALIVE_MS", 1500)
    monkeypatch.setattr(relay, "PATIENCE", 0.5)
    monkeypatch.setattr(outgoing, "PAUSE", 0.1)


@pytest.fixture
async def process():
    """await process(url) is another web process, as far as the relay can tell: a hub of its own."""
    hubs = []

    async def start(url, *, wait=True):
        hub = Hub()
        hub.start(url)
        hubs.append(hub)
        if wait:
            await eventually_async(lambda: hub.follows_others)
        return hub

    yield start
    for hub in hubs:
        await hub.stop()


class Page:
    """One open page in a process; as often as it loses a reply it watches again, `lost` times."""

    def __init__(self, process, after=0, message=1):
        self.process, self.message = process, message
        self.frames, self.lost, self.again = [], 0, None
        self.reader = Reader(self.take, after, lost=self.lose)

    async def watch(self):
        return await self.process.watch(self.message, self.reader)

    async def take(self, text):
        self.frames.append(json.loads(text))

    def lose(self):
        self.lost += 1
        self.again = asyncio.create_task(eventually_async(self.watch, seconds=60))

    def has_ended(self):
        return bool(self.frames) and self.frames[-1]["type"] in ("done", "error")

    @property
    def text(self):
        return "".join(frame["text"] for frame in self.frames if frame["type"] == "delta")


@pytest.fixture
async def opened():
    """await opened(writer, reader) is a reply, and a page that follows it in another process."""
    pages = []

    async def start(writer, reader, message=1):
        stream, page = writer.open(message), Page(reader, message=message)
        pages.append(page)
        await eventually_async(page.watch)
        return stream, page

    yield start
    for page in pages:
        if page.again:
            page.again.cancel()


async def test_a_page_sees_the_same_frames_in_another_process(redis, process, opened):
    writer, reader = await process(redis.url), await process(redis.url)
    stream, page = await opened(writer, reader)
    near = Page(writer)
    await near.watch()
    stream.reach("retrieving")
    stream.show_sources(SOURCES)
    stream.add_reasoning("hm\t\n\f\\")
    for word in ("One ", "two\n", "三 ", "🙂"):
        stream.add_text(word)
        stream.settle()
    await eventually_async(lambda: page.text == "One two\n三 🙂")
    stream.finish(DONE)
    await eventually_async(page.has_ended)
    assert page.frames == near.frames == list(replay(stream.record, 0))


@pytest.mark.parametrize("ended", [False, True])
async def test_a_page_that_comes_late_gets_what_it_has_not_seen(redis, process, ended):
    writer, reader = await process(redis.url), await process(redis.url)
    stream = writer.open(1)
    stream.reach("waiting")
    stream.add_text("one ")
    await asyncio.sleep(0)
    stream.add_text("two ")
    stream.add_reasoning("hm")
    stream.settle()
    if ended:
        stream.finish(DONE)
    pages = [Page(reader, after) for after in range(stream.record.seq + 1 - ended)]
    for page in pages:
        await eventually_async(page.watch)
    if not ended:
        stream.add_text("three")
        stream.finish(DONE)
    everything = list(replay(stream.record, 0))
    await eventually_async(lambda: [page.frames for page in pages] == [everything[at:] for at in range(len(pages))])


async def test_two_installations_on_one_redis_do_not_hear_each_other(redis, process, opened):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "WEBUI_REDIS_PREFIX": "theirs"}
    theirs = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, redis.url, env=environment)
    try:
        await eventually_async(lambda: redis.say("EXISTS", "{theirs:live}:reply:1") == ":1", seconds=30)
        writer, reader = await process(redis.url), await process(redis.url)
        stream, page = await opened(writer, reader)  # it has the number of theirs
        stream.add_text("ours")
        stopped = []
        writer.on_stop = stopped.append
        await reader.ask_stop(1)
        await eventually_async(lambda: stopped)
        stream.finish(DONE)
        await eventually_async(page.has_ended)
    finally:
        theirs.kill()
        await theirs.wait()
    assert page.text == "ours"
    assert redis.say("EXISTS", "{webui:live}:control") == ":1"
    assert redis.say("EXISTS", "{theirs:live}:control") == ":0", "nothing was said in their house"


async def test_nobody_follows_what_nobody_writes(redis, process):
    reader = await process(redis.url)
    assert not await Page(reader).watch()


async def test_a_stop_reaches_the_process_that_writes(redis, process):
    writer, reader = await process(redis.url), await process(redis.url)
    stopped = []
    writer.on_stop, reader.on_stop = stopped.append, stopped.append
    writer.open(1)
    await reader.ask_stop(2)
    await reader.ask_stop(1)
    await eventually_async(lambda: stopped, seconds=2)
    assert stopped == [1]


async def test_notices_reach_a_persons_tabs_in_every_process(redis, process):
    here, there = await process(redis.url), await process(redis.url)
    mine, other, far, stranger = [], [], [], []
    for hub, person, tab in ((here, 1, mine), (here, 1, other), (there, 1, far), (there, 2, stranger)):
        hub.subscribe(person, tab.append)
    await here.notify(1, {"type": "chat", "title": "标题"}, except_=mine.append)
    await here.notify(2, {"type": "chat", "title": "Last"})
    await eventually_async(lambda: stranger, seconds=2)
    assert (mine, other, far) == ([], [{"type": "chat", "title": "标题"}], [{"type": "chat", "title": "标题"}])


async def test_a_killed_redis_is_noticed_by_those_far_away_only(redis, process, opened):
    writer, reader = await process(redis.url), await process(redis.url)
    stream, page = await opened(writer, reader)
    near = Page(writer)
    await near.watch()
    stream.add_text("before ")
    await eventually_async(lambda: page.text == "before ")
    redis.kill()
    await eventually_async(lambda: page.lost)
    assert not await Page(reader).watch()
    for word in ("while ", "it ", "is ", "away "):
        stream.add_text(word)
        stream.settle()
    await eventually_async(lambda: near.text == "before while it is away ")
    assert stream.unsent is None, "nothing is kept for a Redis that is away"
    redis.start()
    await eventually_async(lambda: page.text == near.text)
    stream.add_text("after")
    stream.finish(DONE)
    await eventually_async(page.has_ended)
    assert page.frames == near.frames == list(replay(stream.record, 0))


async def test_an_answer_that_ended_while_redis_was_away_is_not_followed_for_ever(redis, process, opened):
    """Redis comes back with what it had: the beginning, and no end."""
    writer, reader = await process(redis.url), await process(redis.url)
    stream, page = await opened(writer, reader)
    redis.freeze()
    stream.add_text("half")
    await eventually_async(lambda: page.lost and not writer.follows_others)
    stream.finish(DONE)
    await eventually_async(lambda: 1 not in writer.streams)
    redis.thaw()
    await eventually_async(lambda: writer.follows_others and reader.follows_others)
    assert not await Page(reader).watch()


async def test_a_frozen_redis_delays_nobody_here(redis, process):
    writer = await process(redis.url)
    stream, near = writer.open(1), Page(writer)
    await near.watch()
    redis.freeze()
    for word in ("one ", "two ", "three"):
        stream.add_text(word)
        stream.settle()
    await writer.notify(1, {"type": "chat"})
    await writer.ask_stop(2)
    stream.finish(DONE)
    await eventually_async(near.has_ended, seconds=0.4)  # before a command to Redis would have given up
    redis.thaw()


async def test_a_redis_that_was_emptied_gets_the_whole_answer_again(redis, process, opened):
    writer, reader = await process(redis.url), await process(redis.url)
    stream, page = await opened(writer, reader)
    stream.add_text("one ")
    await eventually_async(lambda: page.text == "one ")
    assert redis.say("FLUSHALL") == "+OK"
    stream.add_text("two ")
    late = Page(await process(redis.url))
    await eventually_async(late.watch)
    stream.add_text("three")
    stream.finish(DONE)
    await eventually_async(lambda: page.has_ended() and late.has_ended())
    assert page.frames == late.frames == list(replay(stream.record, 0))


async def test_a_full_redis_costs_nothing_but_speed(redis, process, opened):
    writer, reader = await process(redis.url), await process(redis.url)
    stream, page = await opened(writer, reader)
    near = Page(writer)
    await near.watch()
    assert redis.say("CONFIG", "SET", "maxmemory", "1") == "+OK"
    stream.add_text("one ")
    await eventually_async(lambda: page.lost)
    assert not await Page(reader).watch()
    stream.add_text("two ")
    await eventually_async(lambda: near.text == "one two ")
    redis.say("CONFIG", "SET", "maxmemory", "0")

    def goes_on():
        stream.add_text(".")
        return "two" in page.text

    await eventually_async(goes_on)
    stream.finish(DONE)
    await eventually_async(page.has_ended)
    assert page.frames == list(replay(stream.record, 0))


async def test_a_process_begins_before_its_redis(redis, process):
    redis.kill()
    writer, reader = await process(redis.url, wait=False), await process(redis.url, wait=False)
    stream, near = writer.open(1), Page(writer)
    assert await near.watch()
    assert not await Page(reader).watch()
    stream.add_text("Hello")
    await eventually_async(lambda: near.text == "Hello")
    redis.start()
    page = Page(reader)
    await eventually_async(page.watch)
    await eventually_async(lambda: page.text == "Hello")


async def test_pages_are_told_when_the_writing_process_was_killed(redis, process, tmp_path):
    reader = await process(redis.url)
    page = Page(reader)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    writer = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, redis.url, env=environment)
    try:
        await eventually_async(page.watch)
        await eventually_async(lambda: page.text.startswith("half an."))
    finally:
        writer.kill()
        await writer.wait()
    await eventually_async(lambda: page.lost)
    assert not await Page(reader).watch()


async def test_what_cannot_be_read_is_left_to_the_database(redis, process, opened, caplog):
    caplog.set_level(logging.WARNING)
    writer, reader = await process(redis.url), await process(redis.url)
    _stream, page = await opened(writer, reader)
    async with Redis.from_url(redis.url) as client:
        await client.xadd(keys.reply_key(1), {"frames": '{"type": "from another release"'}, id=f"{2**60}-9")
    await eventually_async(lambda: page.lost)
    assert "cannot be read" in caplog.text


async def test_a_long_answer_is_written_anew_before_its_stream_grows_too_long(redis, process, opened, monkeypatch):
    monkeypatch.setattr(outgoing, "ENTRIES", 3)
    writer, reader = await process(redis.url), await process(redis.url)
    stream, page = await opened(writer, reader)
    async with Redis.from_url(redis.url) as client:
        for number in range(10):
            stream.add_text(f"{number} ")
            await eventually_async(lambda number=number: page.text.endswith(f"{number} "))
            assert await client.xlen(keys.reply_key(1)) <= 4
    stream.finish(DONE)
    await eventually_async(page.has_ended)
    assert page.frames == list(replay(stream.record, 0))


async def test_a_continued_answer_takes_the_place_of_its_old_stream(redis, process):
    first, second, reader = [await process(redis.url) for _ in range(3)]
    stream = first.open(1)
    stream.add_text("cut")
    stream.finish({"type": "error", "code": "interrupted"})
    old = Page(reader)
    await eventually_async(old.watch)
    await eventually_async(old.has_ended)
    again = second.open(1, stream.record.copy())
    page = Page(reader, after=2)
    await eventually_async(page.watch)
    again.add_text(" and whole")
    again.finish(DONE)
    await eventually_async(page.has_ended)
    assert [frame["seq"] for frame in page.frames] == [3, 4]
    assert page.text == " and whole"


async def test_a_page_does_not_mix_what_two_processes_wrote(redis, process, opened):
    """The first was too slow to give a sign of life, and the answer was continued in another."""
    first, second, reader = [await process(redis.url) for _ in range(3)]
    stream, page = await opened(first, reader)
    stream.add_text("one ")
    await eventually_async(lambda: page.text == "one ")
    stored = stream.record.copy()
    stream.add_text("lost ")
    await eventually_async(lambda: page.text == "one lost ")
    again = second.open(1, stored)
    again.add_text("two ")
    again.add_text("three")
    await eventually_async(lambda: page.lost)
    stream.add_text("too late")
    stream.settle()
    again.finish(DONE)
    far = Page(reader)
    await eventually_async(far.watch)
    await eventually_async(far.has_ended)
    assert far.text == "one two three"


async def test_redis_forgets_answers_by_itself(redis, process):
    writer = await process(redis.url)
    stream = writer.open(1)
    async with Redis.from_url(redis.url) as client:
        await eventually_async(lambda: client.ttl(keys.reply_key(1)))
        await eventually_async(lambda: _between(client, keys.ENDED_TTL, keys.RUNNING_TTL))
        stream.finish(DONE)
        await eventually_async(lambda: _between(client, 0, keys.ENDED_TTL))
        assert [key async for key in client.scan_iter(f"{keys.PREFIX}*") if await client.ttl(key) < 0] == []


async def _between(client, least, most):
    return least < await client.ttl(keys.reply_key(1)) <= most


async def test_a_tick_is_one_call_for_all_answers(redis, process):
    writer, reader = await process(redis.url), await process(redis.url)
    streams = [writer.open(number) for number in range(40)]
    pages = [Page(reader, message=number) for number in range(40)]
    for page in pages:
        await eventually_async(page.watch)
    async with Redis.from_url(redis.url) as client:
        await client.config_resetstat()
        for count in range(1, 6):
            for stream in streams:
                stream.add_text("word ")
            await eventually_async(lambda count=count: {page.text for page in pages} == {"word " * count})
        for stream in streams:
            stream.finish(DONE)
        await eventually_async(lambda: all(page.has_ended() for page in pages))
        calls = (await client.info("commandstats"))["cmdstat_evalsha"]["calls"]
        added = (await client.info("commandstats"))["cmdstat_xadd"]["calls"]
    assert added >= 200
    assert calls < added / 2, "each answer was sent or asked for by itself"
    assert {page.text for page in pages} == {"word " * 5}


async def test_pages_that_left_are_not_read_for(redis, process, opened, monkeypatch):
    monkeypatch.setattr(relay, "TICK", 0.001)
    writer, reader = await process(redis.url), await process(redis.url)
    _stream, page = await opened(writer, reader)
    async with Redis.from_url(redis.url) as client:
        counts = []

        async def asks():
            counts.append((await client.info("commandstats"))["cmdstat_evalsha"]["calls"])
            return len(counts) > 1 and counts[-1] > counts[-2]

        async def asks_nothing():
            return not await asks()

        await eventually_async(asks)
        reader.forget({page.reader})
        await eventually_async(asks_nothing)
