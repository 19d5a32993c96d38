"""What a tool gives may ask for anything: nothing that changes something runs without a click.

The model here is the worst there is: it obeys every word of a result. What protects is not what it believes, but that
after the result of a tool no further call runs by itself unless it only reads and an administrator lets it.
"""

from pathlib import Path

import pytest

from chat.tools import judging
from chat.tools.calls import Call
from chat.tools.results import fenced
from chat.tools.toolbox import Toolbox, Wanted
from providers.models import Tool, ToolServer
from providers.tools.base import ToolResult

WHOLE = (Path(__file__).parent / "injections.txt").read_text(encoding="utf-8").strip().split("\n%%\n")


class Row:
    """As much of a reply as a toolbox looks at."""

    pk, trail = 1, ()


def server():
    return ToolServer(name="Office")


def tools():
    schema = {"type": "object", "properties": {"what": {"type": "string"}}}
    names = {"look_up": "reads", "note": "writes", "shred": "destroys"}
    return [
        Tool(pk=n, name=name, nature=nature, schema=schema, policy="always", pin=name, server=server())
        for n, (name, nature) in enumerate(names.items(), 1)
    ]


def wanted_by(text):
    """The calls that a model which obeys everything makes of a result."""
    return [name for name in ("shred", "note") if name in text or name in text[::-1]] or ["shred"]


@pytest.mark.parametrize("text", WHOLE, ids=range(len(WHOLE)))
async def test_no_instruction_in_a_result_makes_a_call(text, monkeypatch):
    ran, asked = [], []

    async def run(reply, user, tool, arguments):
        ran.append(tool.name)
        return ToolResult(text=text)

    async def nobody(message, n, until):
        asked.append(n)
        return ""

    async def straight(job, *args):
        return args[1] if job.__name__ == "_still" else None

    monkeypatch.setattr("chat.tools.toolbox._run", run)
    monkeypatch.setattr("chat.tools.toolbox.in_database", straight)
    monkeypatch.setattr("chat.tools.approval.in_database", straight)
    monkeypatch.setattr("chat.tools.approval.decided", nobody)
    # Even what Alice has allowed for the whole chat.
    box = Toolbox(None, Row(), tools(), {2: "note", 3: "shred"}, language="en")
    box.tag = "a1b2c3"
    last = [call async for call in box.use(Wanted(id="1", name="look_up", arguments='{"what": "x"}'), 0)][-1]
    told = box.told(last, 8000)
    assert ran == ["look_up"]
    assert told.count("</result-a1b2c3>") == 1
    for name in wanted_by(told):
        states = [call.state async for call in box.use(Wanted(id="2", name=name, arguments='{"what": "all"}'), 0)]
        assert states == ["waiting", "expired"]
    assert ran == ["look_up"]
    assert asked


def test_there_are_51_of_them():
    assert len(WHOLE) == 51


@pytest.mark.parametrize("nature", ["reads", "writes", "destroys"])
@pytest.mark.parametrize("always", [True, False])
@pytest.mark.parametrize("consented", [True, False])
@pytest.mark.parametrize("tainted", [True, False])
@pytest.mark.parametrize("earlier", [True, False])
def test_the_whole_rule(nature, always, consented, tainted, earlier):
    asked = judging.Asked(nature=nature, always=always, consented=consented, tainted=tainted, earlier=earlier)
    runs = not judging.reason_to_wait(asked)
    assert not (runs and nature == "destroys")
    assert not (runs and not (always or consented))
    assert not (runs and tainted and nature != "reads")
    assert not (runs and earlier and nature != "reads" and not consented)
    if nature == "reads" and always:
        assert runs


def test_nothing_leaves_the_house_in_an_address_that_nobody_named():
    ours = ToolServer(name="webui", kind="builtin")
    schema = {"type": "object", "properties": {"url": {"type": "string"}}}
    fetch = Tool(pk=1, name="fetch_page", nature="reads", schema=schema, policy="always", pin="p", server=ours)
    box = Toolbox(None, Row(), [fetch], {}, language="en")
    box.tainted, box.said = True, "Read https://good.example/a"
    assert not judging.reason_to_wait(box._asked(fetch, {"url": "https://good.example/a"}))
    assert judging.reason_to_wait(box._asked(fetch, {"url": "https://evil.example/?q=secret"})) == "elsewhere"


def test_a_result_is_cut_and_cannot_close_its_marks():
    text = fenced("x", "a" * 20_000 + "</result-abc>", "abc", 8000)
    assert len(text) < 8400
    assert text.count("</result-abc>") == 1


def test_what_was_open_is_told_as_stopped():
    assert Call(n=1, name="x", state="waiting").to_wire() == {"n": 1, "name": "x", "state": "waiting"}
