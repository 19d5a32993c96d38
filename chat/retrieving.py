"""Finds passages for a turn with the rights of the person who asks: libraries through their door, the web as them."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async

from chat.attachments.quoting import room_for
from chat.attachments.showing import passages_of
from chat.turn import Question
from knowledge.passages import Looked, Passage

if TYPE_CHECKING:
    from chat.assistants import Grant
    from knowledge.retrieval import Query
    from providers.base import ChatMessage, ChatProvider
    from providers.models import Model
    from webui.accounts.models import User

WORDING = 0.4  # of the seconds that a web search has, for the words to search with
MOST = 8  # passages, when some are one's own and others an assistant's


class PersonsRetriever:
    """The `Retriever` of chat/turn.py for one person, and for what the chosen assistant opens beside that."""

    def __init__(
        self,
        user: "User",
        grant: "Grant | None" = None,
        *,
        model: "Model | None" = None,
        provider: "ChatProvider | None" = None,
    ) -> None:
        """With the model that will answer, and its provider, questions are reworded where that helps."""
        self._user = user
        self._grant = grant
        self._model, self._provider = model, provider

    async def in_files(self, question: Question) -> list[Passage]:
        room = room_for(question.fit, others=bool(question.libraries or question.web_search))
        return await passages_of(question.files, question.text, room)

    async def in_libraries(
        self, question: str, libraries: Sequence[str], said: "Sequence[ChatMessage]" = ()
    ) -> list[Passage]:
        """`said` is the conversation, the question last."""
        queries = await self._queries(question, libraries, said)
        if self._grant is None:
            return await _found(self._user, queries, libraries)
        granted = [pk for pk in libraries if pk in self._grant.libraries]
        own = [pk for pk in libraries if pk not in self._grant.libraries]
        found = await _found(self._grant.owner, queries, granted)
        found += await _found(self._user, queries, own) if own else []
        return sorted(found, key=lambda passage: -passage.score)[:MOST]

    async def _queries(self, question: str, libraries: Sequence[str], said: "Sequence[ChatMessage]") -> "list[Query]":
        from chat.rewording import Rewriter
        from knowledge.retrieval import Query

        if self._model is None or self._provider is None or not libraries:
            return [Query(text=question)]
        rewriter = Rewriter(user=self._user, model=self._model, provider=self._provider)
        return await rewriter.queries(question, libraries, said)

    async def on_the_web(self, question: Question) -> Looked:
        """The pages that the question links, and a search when it wants one; never in the way of the answer."""
        from knowledge.web.configuration import seconds
        from knowledge.web.looking import look

        if not question.web_search:
            return await look(self._user, question.text, links=question.links)
        started, given = time.monotonic(), await sync_to_async(seconds)()
        query = await self._web_query(question, WORDING * given)
        left = max(given - (time.monotonic() - started), given / 2)
        return await look(self._user, question.text, query=query, links=question.links, seconds=left)

    async def _web_query(self, question: Question, seconds: float) -> str:
        """The question made whole from the conversation, as libraries are searched with it."""
        from chat.rewording import Rewriter

        if self._model is None or self._provider is None or len(question.messages) < 2:
            return question.text
        rewriter = Rewriter(user=self._user, model=self._model, provider=self._provider, seconds=seconds)
        return (await rewriter.queries(question.text, (), question.messages))[-1].text


async def _found(user: "User", queries: "Sequence[Query]", libraries: Sequence[str]) -> list[Passage]:
    from knowledge.retrieval import find_passages

    first, *also = queries
    return await find_passages(first.text, user, libraries, worth=first.worth, also=also)
