"""What a file is turned into before anything is stored: chats with their messages, the same for every product.

Nothing here is trusted to be true, but all of it fits: whatever is too long or of a wrong kind was refused on the way.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chat.chat_settings import ChatSettings

MOST_MESSAGES = 20_000  # of one chat
LONGEST_TEXT = 4_000_000  # characters of a message
MOST_SOURCES = 200  # of a message
MOST_TAGS = 20

Left = Literal["pictures", "files", "tools", "system"]


class BadFile(Exception):
    """The whole file cannot be read; the text is a sentence."""


class Unreadable(Exception):
    """One chat of it cannot be read; the text is a sentence."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Cited(_Frozen):
    """A source of an answer, by the number that stands in its text."""

    n: int = Field(ge=1, le=999)
    title: str = Field("", max_length=500)
    url: str | None = Field(None, max_length=2000)
    document_name: str | None = Field(None, max_length=255)
    page: int | None = Field(None, ge=0, le=1_000_000)
    heading: str = Field("", max_length=500)
    text: str = Field("", max_length=20_000)
    score: float = 0
    cited: bool = False


class Said(_Frozen):
    """A question or an answer. `key` and `parent` are the file's own; `at` is in seconds since 1970."""

    key: str = Field(max_length=200)
    parent: str | None = Field(None, max_length=200)
    role: Literal["user", "assistant"]
    text: str = Field("", max_length=LONGEST_TEXT)
    reasoning: str = Field("", max_length=LONGEST_TEXT)
    state: Literal["complete", "running", "stopped", "interrupted", "failed"] = "complete"
    model: str = Field("", max_length=420)
    at: float | None = None
    sources: tuple[Cited, ...] = Field((), max_length=MOST_SOURCES)
    receipt: str = Field("", max_length=200_000, description="How the web was searched: our own alone has one.")
    origin: Mapping[str, Any] = Field(default_factory=dict, description="As chat/origin.py has it: our own alone.")


class Chat(_Frozen):
    """`said` has parents before children; `left` counts what the file has and this product does not take."""

    product: str
    key: str = Field(min_length=1, max_length=200)
    title: str = Field("", max_length=200)
    said: tuple[Said, ...] = Field(max_length=MOST_MESSAGES)
    shown: str | None = None
    began: float | None = None
    ended: float | None = None
    pinned: bool = False
    archived: bool = False
    settings: ChatSettings = ChatSettings()
    tags: tuple[Annotated[str, Field(max_length=40)], ...] = Field((), max_length=MOST_TAGS)
    left: Mapping[str, int] = Field(default_factory=dict)

    @property
    def branches(self) -> int:
        """How many ways there are through it."""
        parents = {said.parent for said in self.said}
        return sum(said.key not in parents for said in self.said)
