"""What every maker of pictures shares: what is asked of it, and what it tells while it works. Pure."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What is to be drawn. Sizes are pixels.

    `source` is a picture (PNG or JPEG) that is to be changed; `mask`, of the same shape, is white where it may be.
    `strength`, 0 to 1, says how far the change may go from the source, for servers that know such a thing.
    """

    prompt: str
    negative: str = ""
    width: int = 1024
    height: int = 1024
    count: int = 1
    seed: int | None = None
    source: bytes | None = None
    mask: bytes | None = None
    strength: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """So many others stand before it; None where the server does not tell."""

    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`percent` of all pictures together; `preview` holds the bytes of an unfinished picture, as they came."""

    percent: int
    preview: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A finished picture: bytes as they came, judged by nobody yet. `prompt` is what the server made of ours."""

    content: bytes
    prompt: str = ""
    seed: int | None = None


ImageEvent = Waiting | Progress | Made


class ImageMaker(Protocol):
    """Raises `ProviderError`. Closing `draw`, or cancelling what awaits it, ends the work on the server too."""

    def draw(self, drawing: Drawing) -> AsyncGenerator[ImageEvent, None]: ...

    async def look(self) -> list[str]:
        """The models that it has, after a look that shows that it can be asked at all."""
        ...
