"""A house with tools: a model that is told to call them, a server that has them, and what became of the calls."""

import json

import pytest

from providers.base import FinishPiece, TextPiece, ToolCallPiece
from providers.tools.base import ToolResult, ToolSpec


def calls(name, id_="c1", **arguments):
    """A model's wish, natively."""
    function = {"name": name, "arguments": json.dumps(arguments)}
    return [ToolCallPiece(calls=[{"index": 0, "id": id_, "type": "function", "function": function}]), "tool_calls"]


class Rounds:
    """A provider that plays one script after the other, and stays with the last; `requests` are what it was asked."""

    def __init__(self, *scripts):
        self.scripts = list(scripts)
        self.requests = []

    async def stream(self, request):
        self.requests.append(request)
        if request.on_sent:
            request.on_sent({"model": request.model, **request.params})
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        *pieces, reason = script
        for piece in pieces:
            yield TextPiece(text=piece) if isinstance(piece, str) else piece
        yield FinishPiece(reason=reason)

    async def close(self):
        """Nothing is open."""


@pytest.fixture
def plays(monkeypatch):
    """plays([...], [...]) makes every model answer so, round after round; returns the provider."""

    def install(*scripts):
        provider = Rounds(*scripts)
        for module in ("runner", "titles", "temporary", "gateway.completions"):
            monkeypatch.setattr(f"chat.{module}.provider_for", lambda model: provider)
        return provider

    return install


@pytest.fixture
def able(model):
    """The model, known to call tools."""
    model.capabilities = ["tools"]
    model.save()
    return model


@pytest.fixture
def office(db):
    """A tool server for everybody, with a tool of each nature: all may run by themselves as far as they may."""
    from providers.models import Tool, ToolServer
    from providers.tools import finding, rights

    rights.forget()
    server = ToolServer.objects.create(name="Office", url="http://127.0.0.1:1/mcp", for_everyone=True)
    text = {"type": "object", "properties": {"what": {"type": "string"}}, "required": ["what"]}
    specs = [
        ToolSpec(name="look_up", description="Looks something up.", schema=text, nature="reads"),
        ToolSpec(name="note", description="Writes a note.", schema=text, nature="writes"),
        ToolSpec(name="shred", description="Deletes a note.", schema=text, nature="destroys"),
    ]
    finding.take_in(server, specs)
    Tool.objects.update(policy=Tool.Policy.ALWAYS)
    yield server
    rights.forget()


@pytest.fixture
def ran(monkeypatch):
    """The calls that were really made, as (name, arguments); `ran.gives` is what they give, by name."""

    class Ran(list):
        gives = {}

    made = Ran()

    async def run(reply, user, tool, arguments):
        made.append((tool.name, dict(arguments)))
        given = made.gives.get(tool.name, "It is 17 degrees.")
        if isinstance(given, Exception):
            raise given
        return ToolResult(text=given)

    monkeypatch.setattr("chat.tools.toolbox._run", run)
    return made


def ids(server):
    return list(server.tools.values_list("pk", flat=True))


def states(frames):
    """The states of the calls, in the order they were told."""
    told = [json.loads(frame["detail"]) for frame in frames if frame.get("stage") == "tool"]
    return [(call.get("name", ""), call["state"]) for call in told]
