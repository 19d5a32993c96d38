"""The tools of one answer: what its model is offered, and each call of it from the wish to the result."""

import json
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from chat.database import in_database
from chat.tokens import estimate_tokens
from chat.tools import approval, judging
from chat.tools.approval import StoredAsks
from chat.tools.calls import KEPT, Call, calls_in
from chat.tools.results import fenced, shown
from chat.tools.unstored import UnstoredAsks
from providers.models import Tool, ToolServer
from providers.tools.base import ToolError, ToolResult
from providers.tools.rights import tools_for
from providers.tools.schemas import BadArguments, checked

if TYPE_CHECKING:
    from chat.models import Message
    from webui.accounts.models import User

MOST_CALLS = 24  # of one answer
_AGAIN = (
    "You made this same call before, and this is what it gave. Do not make it again: answer the person with it now."
)
_NAME = re.compile(r"[^A-Za-z0-9_-]+")
Runs = Callable[["User", Tool, Mapping[str, Any]], Awaitable[ToolResult]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A call as a model wants it; `arguments` is the JSON it wrote."""

    id: str
    name: str
    arguments: str


class Toolbox:
    """For one reply. `tainted`: text of strangers is before its model (`earlier`: in an answer above).

    `why_off`: a sentence, when it has no tools.
    """

    def __init__(
        self,
        user: "User",
        reply: "Message",
        tools: Sequence[Tool],
        consents: Mapping[int, str],
        *,
        language: str,
        asks: StoredAsks | UnstoredAsks | None = None,
    ):
        self.tainted = False
        self.earlier = False  # it was before an answer above
        self.why_off = ""
        self.tag = ""
        self.said = ""  # by people, in this chat: addresses in it were named by them
        self.run: Runs = partial(_run, reply)
        self._user, self._reply, self._language = user, reply, language
        self._consents, self._asks = consents, asks or StoredAsks(int(reply.pk))
        self.offered = named(tools)
        self._known: dict[tuple[int, str], str] = {}  # what was read since something may have been changed
        self._count = max((int(call["n"]) for call in calls_in(reply.trail)), default=0)
        self._made = 0

    def schemas(self) -> list[dict[str, Any]]:
        """In OpenAI's form: as they were approved, whatever the server says now."""
        return [
            {"type": "function", "function": {"name": name, "description": _told(tool), "parameters": _schema(tool)}}
            for name, tool in self.offered.items()
        ]

    @property
    def size(self) -> int:
        """Tokens that the descriptions take, about."""
        return estimate_tokens(json.dumps(self.schemas(), ensure_ascii=False)) if self.offered else 0

    @property
    def before(self) -> list[Call]:
        """What tools gave to this answer before it was cut, when it is continued."""
        kept = [Call(**call) for call in calls_in(self._reply.trail) if call.get("n")]
        return [call for call in kept if call.state in ("done", "again", "failed") and call.result]

    async def use(self, wanted: Wanted, at: int) -> AsyncGenerator[Call, None]:
        """The call, once in each state it reaches; the last one has what is told to the model."""
        self._count += 1
        self._made += 1
        tool = self.offered.get(wanted.name)
        call = Call(n=self._count, name=wanted.name[:64], at=at)
        if tool is None or self._made > MOST_CALLS:
            unknown = "There is no tool of this name." if tool is None else "No more calls: answer with what is known."
            yield replace(call, state="invalid", result=unknown)
            return
        call = replace(call, server=tool.server.name, title=tool.title, nature=tool.nature)
        try:
            arguments = checked(wanted.arguments, tool.schema)
        except BadArguments as problem:
            yield replace(call, state="invalid", result=str(problem), arguments={"…": wanted.arguments[:500]})
            return
        call = replace(call, arguments=arguments)
        if (known := self._known.get(_key(tool, arguments))) is not None:
            yield replace(call, state="again", result=known)
            return
        if why := judging.reason_to_wait(self._asked(tool, arguments)):
            async for state in self._waited(call, tool, why):
                yield (call := state)
            if call.state != "waiting":
                return
        yield (call := replace(call, state="running", why="", until=None, lasting=False))
        yield await self._done(call, tool)

    def knows(self, name: str, arguments: str) -> bool:
        """Whether this call was made and would give the same."""
        tool = self.offered.get(name)
        try:
            return tool is not None and _key(tool, checked(arguments, tool.schema)) in self._known
        except BadArguments:
            return False

    def _asked(self, tool: Tool, arguments: Mapping[str, Any]) -> judging.Asked:
        return judging.Asked(
            nature=tool.nature,
            always=tool.policy == Tool.Policy.ALWAYS,
            consented=self._consents.get(tool.pk) == tool.pin,
            tainted=self.tainted,
            earlier=self.earlier,
            elsewhere=_reaches_out(tool) and not _was_named(arguments, self.said),
        )

    async def _waited(self, call: Call, tool: Tool, why: judging.Why) -> AsyncGenerator[Call, None]:
        """Ends with a call that still waits when it may run, else with one that was refused or ran out of time."""
        until = timezone.now() + timedelta(seconds=approval.PATIENCE)
        lasting = judging.can_last(why) and self._asks.can_last
        await self._asks.put(call.n, tool, lasting, until)
        with override(self._language):
            asked = replace(
                call, state="waiting", why=str(_WHY[why]()), until=int(until.timestamp()), lasting=lasting
            )  # fmt: skip
        yield asked
        choice = await self._asks.decided(call.n, until)
        if choice in ("once", "chat"):
            if choice == "chat":
                self._consents = {**self._consents, tool.pk: tool.pin}
            yield replace(asked, why="")
            return
        with override(self._language):
            late = _("Nobody answered in time, so it was not run.")
        state, told = ("refused", "") if choice else ("expired", late)
        said = "The person refused this call. Do not try it again; answer without it."
        if not choice:
            said = "The person did not allow this call in time. Answer without it."
        yield replace(call, state=state, why=told, result=said)  # type: ignore[arg-type]

    async def _done(self, call: Call, tool: Tool) -> Call:
        started = time.monotonic()
        try:
            with override(self._language):
                fresh = await in_database(_still, self._user, tool)
                if fresh is None:
                    raise ToolError(_("This tool is off now, or another one than it was."))
                result = await self.run(self._user, fresh, call.arguments)
        except ToolError as problem:
            result, why = ToolResult(text=str(problem), failed=True), str(problem)
        else:
            why = ""
            self.tainted = self.tainted or not _is_trusted(tool)
        ms = round((time.monotonic() - started) * 1000)
        state = "failed" if result.failed else "done"
        call = replace(call, state=state, result=shown(result.text, KEPT), ms=ms, why=why)  # type: ignore[arg-type]
        self._remember(call, tool)
        return call

    def _remember(self, call: Call, tool: Tool) -> None:
        if tool.nature != Tool.Nature.READS:
            self._known.clear()
        elif call.state == "done":
            self._known[_key(tool, call.arguments)] = call.result

    def told(self, call: Call, longest: int) -> str:
        """What the model is told of a call that has ended."""
        if call.state in ("done", "failed"):
            self.said = f"{self.said}\n{call.result}"[-200_000:]
            return fenced(call.name, call.result or "(nothing)", self.tag, longest)
        if call.state == "again":
            return f"{fenced(call.name, call.result or '(nothing)', self.tag, longest)}\n{_AGAIN}"
        return call.result


def named(tools: Sequence[Tool]) -> dict[str, Tool]:
    """Tools by the names that a model gets: of letters that all servers take, and each only once."""
    names: dict[str, Tool] = {}
    for tool in tools:
        name = _NAME.sub("_", tool.name)[:64] or "tool"
        if name in names:
            name = f"{_NAME.sub('_', tool.server.name)[:20]}_{name}"[:64]
        while name in names:
            name = f"{name[:60]}_{len(names)}"
        names[name] = tool
    return names


def _told(tool: Tool) -> str:
    return (tool.description or tool.title or tool.name)[:4000]


def _schema(tool: Tool) -> dict[str, Any]:
    return {"type": "object", "properties": {}, **tool.schema}


def _key(tool: Tool, arguments: Mapping[str, Any]) -> tuple[int, str]:
    return tool.pk, json.dumps(arguments, sort_keys=True, ensure_ascii=False)


def _still(user: "User", tool: Tool) -> Tool | None:
    """The tool as it is now, when this person may still use it and it is what was offered."""
    fresh = tools_for(user).filter(pk=tool.pk).first()
    return fresh if fresh is not None and fresh.pin == tool.pin else None


async def _run(reply: "Message", user: "User", tool: Tool, arguments: Mapping[str, Any]) -> ToolResult:
    if tool.server.kind == ToolServer.Kind.BUILT_IN:
        from chat.tools import built_in

        return await built_in.run(user, tool.name, arguments, reply)
    from providers.tools.running import run

    return await run(user, tool, arguments, str(reply.conversation_id))


def _is_trusted(tool: Tool) -> bool:
    """What it gives was written by nobody who could want something."""
    return tool.server.kind == ToolServer.Kind.BUILT_IN and tool.name == "time"


def _reaches_out(tool: Tool) -> bool:
    """It takes what the model says to a place of the model's choice: that may carry something out of the house."""
    return tool.server.kind == ToolServer.Kind.BUILT_IN and tool.name in ("fetch_page", "search_web")


def _was_named(arguments: Mapping[str, Any], said: str) -> bool:
    return all(str(value) in said for value in arguments.values())


_WHY: Mapping[str, Callable[[], str]] = {
    "destroys": lambda: _("It may destroy something, so it is asked for each time."),
    "ask": lambda: _("It is asked for before it runs."),
    "untrusted": lambda: _("Text from outside is before the model, so this is asked for once more."),
    "earlier": lambda: _("Text from outside was before the model in this chat, so this is asked for once."),
    "elsewhere": lambda: _("Text from outside is before the model, and this would send words to the outside."),
}
