"""Finds passages for a turn with the rights of the person who asks: libraries through their door, the web as them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chat.attachments.quoting import room_for
from chat.attachments.showing import passages_of
from chat.turn import Question
from knowledge.passages import Passage

if TYPE_CHECKING:
    from chat.assistants import Grant
    from webui.accounts.models import User

MOST = 8  # passages, when some are one's own and others an assistant's


class PersonsRetriever:
    """The `Retriever` of chat/turn.py for one person, and for what the chosen assistant opens beside that."""

    def __init__(self, user: "User", grant: "Grant | None" = None) -> None:
        self._user = user
        self._grant = grant

    async def in_files(self, question: Question) -> list[Passage]:
        room = room_for(question.fit, others=bool(question.libraries or question.web_search))
        return await passages_of(question.files, question.text, room)

    async def in_libraries(self, question: str, libraries: Sequence[str]) -> list[Passage]:
        from knowledge.retrieval import find_passages

        if self._grant is None:
            return await find_passages(question, self._user, libraries)
        granted = [pk for pk in libraries if pk in self._grant.libraries]
        own = [pk for pk in libraries if pk not in self._grant.libraries]
        found = await find_passages(question, self._grant.owner, granted)
        found += await find_passages(question, self._user, own) if own else []
        return sorted(found, key=lambda passage: -passage.score)[:MOST]

    async def on_the_web(self, question: str) -> list[Passage]:
        from knowledge.web.search import find_pages

        findings = await find_pages(question, user_id=self._user.pk)
        return list(findings.passages)
