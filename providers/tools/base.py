"""What a tool server is to the rest: tools that it describes, and calls that it answers. Raises `ToolError`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

SECONDS = 30.0  # for one call, all in all
CONNECT_SECONDS = 5.0
LARGEST = 1_000_000  # bytes of one answer
MOST_TOOLS = 200  # of one server
LONGEST_DESCRIPTION = 4000  # characters
LARGEST_SCHEMA = 20_000  # characters of JSON


class ToolError(Exception):
    """The tool could not be used. The text is a sentence for people, and for the model that wanted it.

    `sign_in`: it works when the person has signed in there.
    """

    def __init__(self, message: str, *, sign_in: bool = False) -> None:
        super().__init__(message)
        self.sign_in = sign_in


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """A tool as its server describes it; `nature` is what it says of itself (Tool.Nature)."""

    name: str
    title: str = ""
    description: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)
    nature: str = "destroys"
    route: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What a call gave, as text. `failed`: the tool itself says that it did not work."""

    text: str
    failed: bool = False


class ToolClient(Protocol):
    """One tool server, as one person."""

    async def tools(self) -> list[ToolSpec]: ...

    async def call(self, name: str, arguments: Mapping[str, Any], route: Mapping[str, Any]) -> ToolResult: ...
