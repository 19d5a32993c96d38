"""What somebody asks of a maker of pictures: as it comes over the socket or the API, and as the answer keeps it."""

import uuid
from dataclasses import asdict, dataclass
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

IMAGE = "image"  # in `Message.params` of an answer that is a picture
MOST = 8  # pictures of one answer, whatever a server allows
LONGEST_PROMPT = 4000  # characters


class ImageWish(BaseModel):
    """`edits` is a picture that is to be changed, and `mask` one of the same shape, white where it may be.

    Without a server it is the first that the person may use; what is not said is as usual there.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    server: str = Field("", max_length=120)
    size: str = Field("", max_length=20)
    count: int = Field(1, ge=1, le=MOST)
    negative: str = Field("", max_length=LONGEST_PROMPT)
    seed: int | None = Field(None, ge=0, lt=2**32)
    strength: float = Field(0.6, ge=0.05, le=1.0)
    edits: uuid.UUID | None = None
    mask: uuid.UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A wish that was judged, kept in the answer's params. `tokens` is what all of it counts against limits."""

    server: str
    name: str
    width: int
    height: int
    count: int
    tokens: int
    negative: str = ""
    seed: int | None = None
    strength: float = 0.6
    edits: str = ""
    mask: str = ""

    def to_params(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_params(cls, params: dict[str, Any]) -> Self:
        return cls(**params)

    def as_wish(self) -> ImageWish:
        """The same once more, to be judged with the rights of another moment."""
        return ImageWish(
            server=self.server,
            size=f"{self.width}x{self.height}",
            count=self.count,
            negative=self.negative,
            seed=self.seed,
            strength=self.strength,
            edits=uuid.UUID(self.edits) if self.edits else None,
            mask=uuid.UUID(self.mask) if self.mask else None,
        )
