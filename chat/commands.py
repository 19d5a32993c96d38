"""What a client may say over the socket: frames parsed into commands, or `Rejected` with a sentence. Pure."""

import json
import uuid
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from chat.chat_settings import ChatSettings
from chat.images.wish import ImageWish

LONGEST_MESSAGE = 100_000  # characters
LONGEST_FRAME = 1_000_000  # characters
MOST_FILES = 10
MOST_TOOLS = 64
MESSAGE_ID = Annotated[int, Field(gt=0, lt=2**63)]
PARAMS = frozenset(
    {
        "temperature",
        "top_p",
        "top_k",
        "min_p",
        "max_tokens",
        "seed",
        "stop",
        "presence_penalty",
        "frequency_penalty",
        "repeat_penalty",
        "reasoning_effort",
        "think",
    }
)


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=False)


class _Asking(_Command):
    id: Any = None
    models: tuple[str, ...] = Field((), max_length=4)
    libraries: tuple[uuid.UUID, ...] = Field((), max_length=20)
    tools: tuple[MESSAGE_ID, ...] = Field((), max_length=MOST_TOOLS)
    web_search: bool = False
    params: dict[str, Any] = {}
    _allowed: ClassVar[frozenset[str]] = PARAMS

    @field_validator("params")
    @classmethod
    def _known(cls, params: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(params) - cls._allowed)
        if unknown:
            raise ValueError(f"unknown parameter {unknown[0]}")
        return {name: value for name, value in params.items() if value is not None}


class Send(_Asking):
    """A question. Without `parent` it goes on where the conversation stands; `edits` puts it beside that question.
    A new conversation lies in `folder`.

    Without `attachments` an edited question keeps those it had; an empty list leaves them out. `once`: the models are
    those of this question alone, and the chat goes on with the ones that it has. `settings` are those of a new chat.
    `image`: the answer is to be a picture, and no model is asked.
    """

    type: Literal["send"]
    client_id: uuid.UUID = Field(default_factory=uuid.uuid4)
    chat: uuid.UUID | None = None
    folder: uuid.UUID | None = None
    parent: MESSAGE_ID | None = None
    edits: MESSAGE_ID | None = None
    text: str = Field(min_length=1, max_length=LONGEST_MESSAGE)
    attachments: tuple[uuid.UUID, ...] | None = Field(None, max_length=MOST_FILES)
    once: bool = False
    settings: ChatSettings | None = None
    image: ImageWish | None = None

    @field_validator("text")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("the message is empty")
        return text.replace("\x00", "")


class Said(_Command):
    role: Literal["user", "assistant"]
    text: str


class Temporary(_Asking):
    """A question of a chat that is stored nowhere, with all that was `said` in it before."""

    type: Literal["temporary"]
    said: tuple[Said, ...] = Field((), max_length=400)
    text: str = Field(min_length=1, max_length=LONGEST_MESSAGE)
    settings: ChatSettings | None = None


class Regenerate(_Asking):
    """Another answer to the question that `message` (an answer, or the question itself) belongs to.

    `wish`: shorter or longer than `message`; `merge`: written out of these answers to the question.

    `params` may hold `window` besides: how many tokens Ollama is to be asked to hold, within what is allowed.
    """

    _allowed: ClassVar[frozenset[str]] = PARAMS | {"window"}
    type: Literal["regenerate"]
    message: MESSAGE_ID
    wish: Literal["shorter", "longer"] | None = None
    merge: tuple[MESSAGE_ID, ...] = Field((), max_length=8)
    libraries: tuple[uuid.UUID, ...] | None = Field(None, max_length=20)  # type: ignore[assignment]
    tools: tuple[MESSAGE_ID, ...] | None = Field(None, max_length=MOST_TOOLS)  # type: ignore[assignment]
    web_search: bool | None = None  # type: ignore[assignment]


class Continue(_Command):
    """Go on with an answer that was cut."""

    type: Literal["continue"]
    id: Any = None
    message: MESSAGE_ID


class Stop(_Command):
    """An answer of a temporary chat has a number below zero."""

    type: Literal["stop"]
    id: Any = None
    message: int = Field(gt=-(2**53), lt=2**63)


class Decide(_Command):
    """What a person says to the call of a tool that waits in an answer; `chat` counts for the whole chat.

    An answer of a temporary chat has a number below zero.
    """

    type: Literal["decide"]
    id: Any = None
    message: int = Field(gt=-(2**53), lt=2**63)
    call: int = Field(gt=0, lt=2**31)
    choice: Literal["once", "chat", "refuse"]


class Resume(_Command):
    type: Literal["resume"]
    id: Any = None
    message: MESSAGE_ID
    after: int = Field(0, ge=0, lt=2**31)


class Ping(_Command):
    type: Literal["ping"]
    id: Any = None
    seen: dict[str, int] = {}


class Rejected(BaseModel):
    """A frame that cannot be obeyed; `id` is the frame's own when it could be read."""

    model_config = ConfigDict(frozen=True)
    id: Any = None
    code: str = "bad_frame"
    detail: str


Command = Send | Temporary | Regenerate | Continue | Stop | Decide | Resume | Ping
_KINDS = ("send", "temporary", "regenerate", "continue", "stop", "decide", "resume", "ping")
_COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="type")])


def parse_command(text: str | None) -> Command | Rejected:
    """The command in a text frame; never raises."""
    if text is None:
        return Rejected(detail="Only text frames are understood.")
    if len(text) > LONGEST_FRAME:
        return Rejected(code="too_large", detail="The message is too long for one frame.")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return Rejected(detail="The frame is not JSON.")
    frame_id = content.get("id") if isinstance(content, dict) else None
    try:
        return _COMMAND.validate_python(content)
    except ValidationError as error:
        return _rejected(error, frame_id)


def _rejected(error: ValidationError, frame_id: object) -> Rejected:
    first = error.errors()[0]
    where = [str(part) for part in first["loc"] if part not in _KINDS]
    if where == ["attachments"] and first["type"] == "too_long":
        return Rejected(id=frame_id, code="too_large", detail=f"At most {MOST_FILES} files go with one question.")
    if where[:1] == ["text"] and first["type"] == "string_too_long":
        detail = f"The message is longer than {LONGEST_MESSAGE:,} characters. Put it into a library as a file."
        return Rejected(id=frame_id, code="too_large", detail=detail)
    message = first["msg"].removeprefix("Value error, ")
    return Rejected(id=frame_id, detail=f"{'.'.join(where) or 'frame'}: {message}.")
