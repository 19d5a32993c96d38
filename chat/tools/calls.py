"""A call of a tool as it is shown and kept: a frame of its answer for each state it reached. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from webui.live import Stream

STAGE: Final = "tool"
State = Literal[
    "waiting", "running", "done", "again", "failed", "refused", "expired", "invalid", "stopped", "off"
]  # fmt: skip
OPEN = ("waiting", "running")
KEPT = 20_000  # characters of a result that are shown and kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The `n`th call of an answer. `name` is the tool's, `at` how much text stood before it, `why` a sentence for the
    person: why it waits, or what went wrong. `until` is when the wait ends, in seconds since 1970; `lasting`: it can be
    allowed for the whole chat. `result` is what the tool gave, `ms` how long it took. `again`: what is known
    is given once more, and nothing was called."""

    n: int
    name: str
    server: str = ""
    title: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    state: State = "running"
    at: int = 0
    why: str = ""
    until: int | None = None
    lasting: bool = False
    nature: str = ""
    result: str = ""
    ms: int | None = None

    def to_wire(self) -> dict[str, Any]:
        """What there is to say, without what is empty."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in told.items() if value not in ("", None, False, {}) or name == "n"}

    def written(self) -> str:
        """As the `detail` of its frame."""
        return json.dumps(self.to_wire(), ensure_ascii=False)


def calls_in(trail: Sequence[Any], *, running: bool = True) -> list[dict[str, Any]]:
    """The calls of an answer, each as it stands now; when nothing runs any more, what was open has been stopped."""
    calls: dict[int, dict[str, Any]] = {}
    for item in _frames(trail):
        try:
            call = json.loads(item[1])
            calls[int(call["n"])] = call
        except (ValueError, KeyError, TypeError):
            continue
    found = [calls[n] for n in sorted(calls)]
    if running:
        return found
    return [call | {"state": "stopped"} if call.get("state") in OPEN else call for call in found]


def settle(stream: "Stream") -> None:
    """Nothing more comes: what was written is a frame, and calls that were in the middle of something are over."""
    stream.settle()
    trail = stream.record.trail
    if any(True for _item in _frames(trail)):
        for call in calls_in(trail):
            if call.get("state") in OPEN:
                stream.reach(STAGE, json.dumps(call | {"state": "stopped"}, ensure_ascii=False))


def hidden(call: Mapping[str, Any]) -> dict[str, Any]:
    """A call as somebody else gets it: that there was one, without what was sent and what came back."""
    return {name: value for name, value in call.items() if name not in ("arguments", "result", "why", "until")}


def _frames(trail: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (item for item in trail if isinstance(item, list) and item and item[0] == STAGE)
