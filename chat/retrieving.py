"""Finds passages for a turn with the rights of the person who asks: libraries through their door, the web as them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from knowledge.passages import Passage

if TYPE_CHECKING:
    from webui.accounts.models import User


class PersonsRetriever:
    """The `Retriever` of chat/turn.py for one person."""

    def __init__(self, user: "User") -> None:
        self._user = user

    async def in_libraries(self, question: str, libraries: Sequence[str]) -> list[Passage]:
        from knowledge.retrieval import find_passages

        return await find_passages(question, self._user, libraries)

    async def on_the_web(self, question: str) -> list[Passage]:
        from knowledge.web.search import find_pages

        findings = await find_pages(question, user_id=self._user.pk)
        return list(findings.passages)
