"""Frames: numbered without gaps, made again from any point, paced by who reads them, the same from anywhere."""

import asyncio
import json
import threading
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.waiting import eventually_async
from webui.live import Hub, Reader, Record, delivery, encode, readers, replay, streams

DONE = {"type": "done", "usage": {}, "finish_reason": "stop"}


def written() -> Record:
    trail = [["retrieving", ""], "sources", -5, 6, 6]
    return Record(message=7, text="Hello world!", reasoning="hmmm.", trail=trail, sources=[{"n": 1}], end=DONE)


class Page:
    """A reader's client: keeps what it got, from every socket it had; takes nothing while it is not `free`."""

    prompt = False  # whether it acknowledges at once

    def __init__(self, after=0, **callbacks):
        self.after, self.callbacks = after, callbacks
        self.frames, self.texts = [], []
        self.free = asyncio.Event()
        self.free.set()
        self.connect()

    def connect(self):
        reader = Reader(lambda text: self.take(reader, text), self.after + len(self.frames), **self.callbacks)
        self.reader = reader

    async def take(self, reader, text):
        await self.free.wait()
        if reader is self.reader:  # else that socket has gone
            self.texts.append(text)
            self.frames.append(json.loads(text))
            if self.prompt:
                self.sees_everything()

    def has_ended(self):
        return bool(self.frames) and self.frames[-1]["type"] == "done"

    def sees_everything(self):
        if self.frames:
            self.reader.acknowledge(self.frames[-1]["seq"])

    @property
    def text(self):
        return "".join(frame["text"] for frame in self.frames if frame["type"] == "delta")

    @property
    def numbers(self):
        return [frame["seq"] for frame in self.frames]


@pytest.fixture
async def hub():
    hub = Hub()
    yield hub
    await hub.stop()


def test_a_record_gives_its_frames_in_order_with_rising_numbers():
    frames = list(replay(written(), 0))
    assert [frame["type"] for frame in frames] == ["status", "sources", "reasoning", "delta", "delta", "done"]
    assert [frame["seq"] for frame in frames] == [1, 2, 3, 4, 5, 6]
    assert [frame.get("text") for frame in frames] == [None, None, "hmmm.", "Hello ", "world!", None]


@pytest.mark.parametrize("after", range(8))
def test_a_resume_gets_exactly_what_it_has_not_seen(after):
    everything = list(replay(written(), 0))
    assert list(replay(written(), after)) == everything[after:]


async def test_two_readers_one_late_get_the_same_text(hub):
    early, late = Page(), Page()
    stream = hub.open(1)
    await hub.watch(1, early.reader)
    stream.add_text("one ")
    stream.settle()
    stream.add_text("two")
    await hub.watch(1, late.reader)
    stream.finish(DONE)
    await eventually_async(lambda: early.has_ended() and late.has_ended())
    assert early.text == late.text == "one two"
    assert early.numbers == late.numbers == [1, 2, 3]
    assert not await hub.watch(1, Reader(early.take)), "an answer that has ended is read from the database"


async def test_pending_text_and_reasoning_keep_their_order(hub):
    stream = hub.open(1)
    stream.add_text("a")
    stream.add_reasoning("b")
    stream.add_text("c")
    stream.settle()
    assert stream.record.trail == [1, -1, 1]
    assert (stream.record.text, stream.record.reasoning) == ("ac", "b")


async def test_a_forgotten_reader_gets_nothing_more(hub):
    gone, here = Page(), Page()
    stream = hub.open(1)
    await hub.watch(1, gone.reader)
    await hub.watch(1, here.reader)
    hub.forget({gone.reader})
    stream.add_text("secret")
    stream.finish(DONE)
    await eventually_async(here.has_ended)
    assert gone.frames == []


async def test_the_first_text_does_not_wait_for_the_tick(hub, monkeypatch):
    monkeypatch.setattr(delivery, "TICK", 3600)
    other, page = hub.open(1), Page()
    for word in ("busy ", "process"):
        other.add_text(word)
    await eventually_async(lambda: other.record.text == "busy process")  # the next tick is an hour away
    stream = hub.open(2)
    await hub.watch(2, page.reader)
    stream.add_reasoning("Hm")
    stream.add_text("Yes")
    await eventually_async(lambda: len(page.frames) == 2, seconds=2)
    assert page.text == "Yes"


async def test_text_between_two_ticks_becomes_one_frame(hub):
    stream, page = hub.open(1), Page()
    await hub.watch(1, page.reader)
    stream.add_text("a")
    for letter in "bcdefgh":
        stream.add_text(letter)
    await eventually_async(lambda: page.text == "abcdefgh")
    assert len(page.frames) == 2


async def test_the_next_text_waits_for_the_tick(hub, monkeypatch):
    monkeypatch.setattr(delivery, "TICK", 3600)
    stream, page, other = hub.open(1), Page(), Page()
    await hub.watch(1, page.reader)
    stream.add_text("a")
    await eventually_async(lambda: page.text == "a")
    for letter in "bcd":
        stream.add_text(letter)
        await hub.watch(1, other.reader)
        await asyncio.sleep(0)
    hub.open(2).reach("waiting")
    await eventually_async(lambda: other.text == "a")
    assert page.text == "a"
    await hub.stop()
    assert [frame["text"] for frame in page.frames] == ["a", "bcd"]


async def test_text_that_nobody_watches_is_cut_by_the_tick_too(hub, monkeypatch):
    monkeypatch.setattr(delivery, "TICK", 3600)
    stream = hub.open(1)
    for letter in "abcde":
        stream.add_text(letter)
        await asyncio.sleep(0)
    stream.settle()
    assert stream.record.trail == [1, 1, 3]  # the first at once, the next because nothing happened lately


async def test_a_page_that_has_much_to_read_lets_others_have_their_turn(hub):
    page, had_by_then = Page(), []

    async def note(text):
        had_by_then.append(len(page.frames))

    hub.show(Record(message=1, text="x" * 1000, trail=[1] * 1000, end=DONE), page.reader)
    await asyncio.sleep(0)
    stream = hub.open(2)
    await hub.watch(2, Reader(note))
    stream.add_text("Hello")
    await eventually_async(page.has_ended)
    assert 0 < had_by_then[0] < 500


async def test_a_frame_is_encoded_once_however_many_read_it(hub):
    pages = [Page() for _ in range(20)]
    stream = hub.open(1)
    for page in pages:
        await hub.watch(1, page.reader)
    with mock.patch.object(streams, "written", wraps=streams.written) as encoding:
        for word in ("one ", "two ", "three"):
            stream.add_text(word)
            stream.settle()
        stream.finish(DONE)
        await eventually_async(lambda: all(page.has_ended() for page in pages))
    assert encoding.call_count == 3
    assert {page.text for page in pages} == {"one two three"}


async def test_a_slow_page_delays_nobody(hub):
    slow, others = [Page() for _ in range(5)], [Page() for _ in range(5)]
    stream = hub.open(1)
    for page in (*slow, *others):
        await hub.watch(1, page.reader)
    for page in slow:
        page.free.clear()
    stream.add_text("Hello")
    stream.finish(DONE)
    await eventually_async(lambda: all(page.has_ended() for page in others))
    assert [page.frames for page in slow] == [[]] * 5
    for page in slow:
        page.free.set()
    await eventually_async(lambda: all(page.has_ended() for page in slow))
    assert {page.text for page in slow} == {"Hello"}


async def test_a_page_that_fails_harms_nobody(hub, caplog):
    async def fail(text):
        raise RuntimeError("this socket is closed")

    stream, page, broken = hub.open(1), Page(), Reader(fail)
    await hub.watch(1, broken)
    await hub.watch(1, page.reader)
    stream.add_text("Hello")
    stream.finish(DONE)
    await eventually_async(page.has_ended)
    assert broken.stream is None
    assert "this socket is closed" in caplog.text


async def test_a_long_stored_answer_is_sent_no_faster_than_it_is_acknowledged(hub):
    words = "0123456789abcdef" * 64
    record = Record(message=1, text=words * 4096, trail=[len(words)] * 4096, end=DONE)
    page = Page()
    hub.show(record, page.reader)
    most = 0
    while not page.has_ended():
        await eventually_async(lambda: page.reader.paused or page.has_ended())
        unseen = sum(map(len, page.texts)) - most
        assert unseen <= readers.UNSEEN + 2 * len(words)
        most += unseen
        page.sees_everything()
    assert page.text == record.text
    assert page.numbers == list(range(1, 4098))


async def test_a_page_that_acknowledges_nothing_is_closed(hub, monkeypatch):
    monkeypatch.setattr(readers, "UNSEEN", 1000)
    monkeypatch.setattr(readers, "PATIENCE", 0.05)
    closed = []
    page, attentive = Page(close=lambda: closed.append("late")), Page(close=lambda: closed.append("attentive"))
    stream = hub.open(1)
    await hub.watch(1, page.reader)
    await hub.watch(1, attentive.reader)
    attentive.prompt = True
    stream.add_text("x" * 1200)
    stream.add_text("y")
    await eventually_async(lambda: attentive.text.endswith("y"))
    await eventually_async(lambda: closed)
    assert closed == ["late"]
    assert page.reader.overdue
    assert len(page.frames) == 1, "nothing more was sent to it"


async def test_an_acknowledgement_of_what_was_never_sent_counts_for_nothing(hub, monkeypatch):
    monkeypatch.setattr(readers, "UNSEEN", 1000)
    monkeypatch.setattr(readers, "STEP", 100)
    stream, page = hub.open(1), Page()
    await hub.watch(1, page.reader)
    stream.add_text("x" * 1200)
    await eventually_async(lambda: page.frames)
    page.reader.acknowledge(10_000)
    assert page.reader.paused


async def test_the_numbers_of_a_continued_answer_go_on(hub):
    stream = hub.open(7, written())
    page = Page(after=6)  # it saw the end
    await hub.watch(7, page.reader)
    stream.reach("waiting")
    stream.add_text(" More.")
    stream.finish(DONE)
    await eventually_async(page.has_ended)
    assert page.numbers == [7, 8, 9]
    assert stream.record.text == "Hello world! More."
    assert [frame["seq"] for frame in replay(stream.record, 0)] == list(range(1, 10))


async def test_notices_reach_all_tabs_of_a_person_but_the_one_that_caused_them(hub):
    first, second, stranger = [], [], []
    hub.subscribe(1, first.append)
    hub.subscribe(1, second.append)
    hub.subscribe(2, stranger.append)
    await hub.notify(1, {"type": "chat"}, except_=first.append)
    assert (first, second, stranger) == ([], [{"type": "chat"}], [])
    hub.unsubscribe(1, second.append)
    await hub.notify(1, {"type": "chat"})
    assert (first, second) == ([{"type": "chat"}], [{"type": "chat"}])


async def test_a_notice_that_cannot_be_delivered_harms_nobody(hub, caplog):
    async def fail(frame):
        raise RuntimeError("this tab has gone")

    got = []
    hub.subscribe(1, fail)
    hub.subscribe(1, got.append)
    await hub.notify(1, {"type": "chat"})
    assert got == [{"type": "chat"}]
    await eventually_async(lambda: "this tab has gone" in caplog.text)


async def test_a_notice_may_come_from_another_thread(hub):
    got = []
    hub.subscribe(1, lambda frame: got.append((frame, threading.get_ident())))
    await hub.notify(1, {"n": 1})
    await asyncio.to_thread(lambda: asyncio.run(hub.notify(1, {"n": 2})))
    assert got == [({"n": 1}, threading.get_ident()), ({"n": 2}, threading.get_ident())]


async def test_a_paused_page_is_closed_however_often_the_database_is_read_for_it(hub, monkeypatch):
    monkeypatch.setattr(readers, "UNSEEN", 1000)
    monkeypatch.setattr(readers, "PATIENCE", 0.1)
    closed = []
    page, record = Page(close=lambda: closed.append(1)), Record(message=1, text="x" * 1200 + "y", trail=[1200, 1])

    def look_again():
        hub.show(record, page.reader)
        return closed

    await eventually_async(look_again)


async def test_a_page_that_was_ahead_reads_another_record_right(hub):
    """Words died with their process; the page was set back to where the stored answer goes on."""
    page = Page()
    hub.show(Record(message=1, text="aabbbbcc", trail=[2, 4, 2]), page.reader)
    await eventually_async(lambda: page.text == "aabbbbcc")
    page.reader.after = 1
    hub.show(Record(message=1, text="aaBCD", trail=[2, 1, 1, 1], end=DONE), page.reader)
    await eventually_async(page.has_ended)
    assert [frame["text"] for frame in page.frames[3:-1]] == ["B", "C", "D"]


async def test_a_stop_reaches_the_runner(hub):
    stopped = []
    hub.on_stop = stopped.append
    hub.open(1)
    await hub.ask_stop(1)
    await hub.ask_stop(2)
    assert stopped == [1]


async def test_stopping_the_hub_delivers_what_is_there(hub):
    stream, page = hub.open(1), Page()
    await hub.watch(1, page.reader)
    stream.add_text("a")
    stream.add_text("b")
    await hub.stop()
    assert page.text == "ab"
    assert hub.streams == {}


steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["text", "reasoning"]), st.text(max_size=60)),
        st.tuples(st.sampled_from(["stage", "sources", "settle", "wait"]), st.just(0)),
        st.tuples(st.sampled_from(["come", "see", "hang", "go_on", "reconnect"]), st.integers(0, 30)),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(steps)
def test_whatever_happens_every_page_has_every_frame_once(script):
    with (
        mock.patch.multiple(readers, UNSEEN=150, STEP=40),
        mock.patch.multiple(delivery, TICK=0, BURST=2),
        mock.patch.object(streams, "RECENT", 4),
    ):
        asyncio.run(Play().run(script))


class Play:
    """One answer and those who read it, step by step."""

    async def run(self, script):
        self.hub = Hub()
        self.stream, self.said = self.hub.open(1), ""
        self.pages = [Page()]
        await self.hub.watch(1, self.pages[0].reader)
        for step, value in script:
            await getattr(self, step)(value)
        self.stream.finish(DONE)
        await self.see_to_the_end()
        assert self.stream.record.text == self.said
        everything = [encode(frame) for frame in replay(self.stream.record, 0)]
        for page in self.pages:
            assert page.texts == everything[page.after :]
        await self.hub.stop()

    async def text(self, text):
        self.stream.add_text(text)
        self.said += text

    async def reasoning(self, text):
        self.stream.add_reasoning(text)

    async def stage(self, _):
        self.stream.reach("waiting", "")

    async def sources(self, _):
        self.stream.show_sources([{"n": 1, "title": "é"}])

    async def settle(self, _):
        self.stream.settle()

    async def wait(self, _):
        for _turn in range(5):
            await asyncio.sleep(0)

    async def come(self, after):
        self.pages.append(Page(min(after, self.stream.record.seq)))
        await self.hub.watch(1, self.pages[-1].reader)

    async def reconnect(self, which):
        page = self._page(which)
        self.hub.forget({page.reader})
        page.connect()
        await self.hub.watch(1, page.reader)

    async def see(self, which):
        self._page(which).sees_everything()

    async def hang(self, which):
        self._page(which).free.clear()

    async def go_on(self, which):
        self._page(which).free.set()

    async def see_to_the_end(self):
        for _turn in range(10_000):
            for page in self.pages:
                page.free.set()
                page.sees_everything()
            if all(page.has_ended() for page in self.pages):
                return
            await asyncio.sleep(0)

    def _page(self, which):
        return self.pages[which % len(self.pages)]
