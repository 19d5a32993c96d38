"""What a fetch asks, and what comes of it: a page, or a sentence that says why there is none."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from knowledge.web import charset


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What is sent to an address; only code of ours fills this in, never a page or a model."""

    method: Literal["GET", "POST"] = "GET"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class FetchError(Exception):
    """The page could not be had. The text is a sentence for the person who asked; `status` is HTTP's, if any."""

    status: int | None = None


class FetchRefused(FetchError):
    """The rules forbid it."""


class FetchFailed(FetchError):
    """It was tried and did not work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a server sent: `body` unpacked, `charset` as the server declared it."""

    url: str
    final_url: str
    status: int
    media_type: str
    charset: str
    body: bytes

    @property
    def mark(self) -> str:
        """Tells whether what is fetched later is still the same."""
        return hashlib.sha256(self.body).hexdigest()[:16]

    @property
    def text(self) -> str:
        """The body in its real encoding; '' for a PDF. Large pages take a while: read it off the event loop."""
        return "" if self.media_type == "application/pdf" else charset.decode(self.body, self.charset)
