"""Who asks, and with which key: what of it the gateway has to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.http import HttpRequest

from providers.budgets import Key as LimitedKey

if TYPE_CHECKING:
    from webui.accounts.models import User


class Key(LimitedKey, Protocol):
    """An API key. An empty list of models means every model of its person."""

    model_ids: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A person, and the key that their program came with; without one it came with their session."""

    user: "User"
    key: Key | None = None

    @property
    def key_id(self) -> int:
        return int(self.key.pk) if self.key is not None else 0

    def may_name(self, public_id: str) -> bool:
        """Whether the key leaves this model open; the whitelist is asked besides."""
        return self.key is None or not self.key.model_ids or public_id in self.key.model_ids


def caller_of(request: HttpRequest) -> Caller:
    given: Any = request
    return Caller(user=given.auth, key=getattr(request, "api_key", None))
