"""How a chat rewords a question before it searches, for the bench: put in by the part that holds the models."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from knowledge.retrieval import Query


class Rewordings(Protocol):
    def models(self, user: Any) -> list[str]:
        """The ids of the models this person may use, the usual one first."""

    def queries(self, user: Any, model: str, question: str, libraries: Sequence[UUID]) -> "list[Query]":
        """What a chat with this model would search for; empty when the person may not use it."""


_used: list[Rewordings] = []


def use(rewordings: Rewordings) -> None:
    _used[:] = [rewordings]


def models_for(user: Any) -> list[str]:
    return _used[0].models(user) if _used else []


def queries_for(user: Any, model: str, question: str, libraries: Sequence[UUID]) -> "list[Query]":
    return _used[0].queries(user, model, question, libraries) if _used and model else []
