"""What a chat would search for, for the bench of a library: the question as a model there would reword it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from asgiref.sync import async_to_sync

from providers.access import ModelNotAllowed, allowed_model, models_for
from providers.clients import provider_for

if TYPE_CHECKING:
    from knowledge.retrieval import Query

MOST = 100


class ChatWordings:
    """The `Rewordings` of knowledge/explaining/rewording.py."""

    def models(self, user: Any) -> list[str]:
        shown = models_for(user).filter(hidden=False).order_by("position", "name")
        return list(shown.values_list("public_id", flat=True)[:MOST])

    def queries(self, user: Any, model: str, question: str, libraries: Sequence[UUID]) -> "list[Query]":
        from chat.rewording import Rewriter

        try:
            chosen = allowed_model(user, model)
        except ModelNotAllowed:
            return []
        rewriter = Rewriter(user=user, model=chosen, provider=provider_for(chosen))
        return async_to_sync(rewriter.queries)(question, [str(pk) for pk in libraries], [])
