"""What one chat is answered with unlike others: parameters and instructions of its own. Pure.

What is not set is "default": it is neither stored nor sent, so that the model server decides.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

LONGEST_INSTRUCTIONS = 20_000  # characters


class ChatParams(BaseModel):
    """The parameters that a person may set in a chat; `think` and `reasoning_effort` are one switch on the page."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)
    max_tokens: int | None = Field(None, ge=1, le=10_000_000)
    seed: int | None = Field(None, ge=-(2**31), le=2**31 - 1)
    stop: list[Annotated[str, Field(min_length=1, max_length=100)]] | None = Field(None, max_length=4)
    think: bool | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high"] | None = None


class ChatSettings(BaseModel):
    model_config = ConfigDict(frozen=True)
    params: ChatParams = ChatParams()
    system: str = Field("", max_length=LONGEST_INSTRUCTIONS)

    def columns(self) -> dict[str, Any]:
        """As a conversation stores them."""
        params = {name: value for name, value in self.params.model_dump(exclude_none=True).items() if value != []}
        return {"params": params, "system": self.system.replace("\x00", "").strip()}
