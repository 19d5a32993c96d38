"""A socket that is flooded, a person with too many tabs, a command that fails: one costs nobody else anything."""

import pytest

from chat import presence
from chat.pace import BURST, PATIENCE, Pace
from tests.chat.conftest import Tab
from webui.drain import LARGEST_FRAME, SoftServer

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_page_that_pings_and_asks_is_never_held_up():
    pace = Pace()
    assert {pace.judge(moment / 20) for moment in range(20 * 600)} == {"obey"}


def test_a_flood_is_refused_once_a_second_dropped_in_between_and_closed_at_last():
    pace = Pace()
    said = [pace.judge(0.0) for _ in range(BURST + PATIENCE + 1)]
    assert said[:BURST] == ["obey"] * BURST
    assert said[BURST : BURST + 2] == ["refuse", "drop"]
    assert said.count("refuse") == 1
    assert said[-1] == "close"
    assert pace.judge(10.0) == "obey", "after a pause it is heard again"


async def test_a_flooded_socket_is_closed_and_bob_does_not_notice(alice, bob, model, says, tab):
    says("Hello")
    flood, quiet = await tab(alice), await tab(bob)
    for _ in range(BURST + PATIENCE + 200):
        await flood.say(type="ping", seen={})
    heard = []
    while (frame := await flood.socket.receive_output(5))["type"] == "websocket.send":
        heard.append(frame["text"])
    assert frame == {"type": "websocket.close", "code": presence.TOO_MANY}
    assert BURST <= len(heard) <= BURST + 200
    assert sum('"too_many"' in text for text in heard) in (1, 2, 3)
    await quiet.say(type="send", id=1, text="hi", models=["qwen"])
    assert (await quiet.hear_until("done"))[-1]["finish_reason"] == "stop"


async def test_one_person_has_so_many_tabs_and_others_have_theirs(alice, bob, tab, monkeypatch):
    from asgiref.sync import sync_to_async

    monkeypatch.setattr(presence, "MOST_TABS", 2)
    first, _second = await tab(alice), await tab(alice)
    third = await sync_to_async(Tab)(alice)
    assert not await third.open()
    await tab(bob)
    await first.close()
    await tab(alice)


async def test_a_command_that_fails_is_answered_with_a_sentence_and_the_socket_stays(alice, tab, monkeypatch):
    async def fails(*_):
        raise ZeroDivisionError("a fault of ours, with secret words")

    monkeypatch.setattr("chat.consumers.runner.stop", fails)
    page = await tab(alice)
    await page.say(type="stop", id=7, message=1)
    said = await page.hear()
    assert (said["type"], said["id"], said["code"]) == ("error", 7, "fault")
    assert "secret words" not in said["detail"]
    await page.say(type="ping", seen={})
    assert await page.hear() == {"type": "pong"}


def test_a_frame_beyond_all_measure_is_not_even_put_together():
    server = SoftServer(None, ["tcp:0"], work=None, seconds=0, ready=lambda: None)
    assert server.websocket_max_message_size == server.websocket_max_frame_size == LARGEST_FRAME
