"""The question as it is searched for: made whole from the conversation, and put in the language of the libraries.

The model that will answer is asked for it, in one short call, and only where it helps: after a question that leans on
what was said before, and where question and libraries are written in different scripts. It never holds anybody up: not
while a server in the house is writing for somebody else, not for longer than `SECONDS`, and not again for a while after
it took too long. Without it a question that leans on an earlier one is searched for together with that.
"""

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async

from chat.prompt import estimate_tokens, text_of
from knowledge import languages, segmentation
from knowledge.languages import Written
from knowledge.models import RetrievalSettings
from knowledge.retrieval import Query
from providers import counting
from providers.base import ChatMessage, ChatProvider, ChatRequest, ProviderError, TextPiece, UsagePiece
from providers.clients import is_busy_local
from providers.models import Usage

if TYPE_CHECKING:
    from providers.models import Model
    from webui.accounts.models import User

SECONDS = 4.0
RESTS = 600.0  # seconds after a call that took too long, or failed
LONGEST = 400
# What the question itself still counts beside its rewording, and an earlier question before it.
LEANING, JOINED = 0.7, 0.9
_FEW_WORDS = 3
_REFERRING = re.compile(
    r"\b(it|its|they|them|their|he|him|his|she|her|this|that|these|those|there|then|one|ones|same|former|latter)\b"
    r"|^(and|but|or|so|what about|how about)\b"
    r"|[它他她其该此]|这|那|前者|后者|呢[？?]?$|^(还有|那么|那|另外)",
    re.IGNORECASE,
)
_ASK = (
    "You prepare a search in documents. Write {task}. Keep names, numbers and quotations as they are. Answer with the"
    " question alone: do not answer it, explain nothing.{before}\n\nQuestion: {question}"
)
# A question that needs nothing else: told not to answer it, small models write "No answer." where they can translate.
_TRANSLATE = (
    "Translate this question into {language}. Keep names, numbers and quotations as they are. Write the translated"
    " question alone.\n\n{question}"
)
_resting: dict[str, float] = {}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriter:
    """The model that may be asked, and in whose name."""

    user: "User"
    model: "Model"
    provider: ChatProvider
    seconds: float = SECONDS

    async def queries(self, question: str, libraries: Sequence[str], said: Sequence[ChatMessage]) -> list[Query]:
        """What to search for; the question itself is always among it, first."""
        earlier = _earlier(said)
        leans = bool(earlier) and leans_on_earlier(question)
        written = await sync_to_async(languages.written_in)(libraries)
        foreign = written is not None and written.cjk != segmentation.is_cjk(question)
        reworded = ""
        if (leans or foreign) and await self._may_ask():
            prompt = _prompt(question, earlier if leans else (), written if foreign else None)
            reworded = await self._asked(prompt)
        if reworded and reworded != question:
            return [Query(text=question, worth=LEANING if leans else 1.0), Query(text=reworded)]
        if leans:
            last = next(text_of(message) for message in reversed(earlier) if message.role == "user")
            return [Query(text=question), Query(text=f"{last[:LONGEST]} {question}", worth=JOINED)]
        return [Query(text=question)]

    async def _may_ask(self) -> bool:
        chosen = RetrievalSettings.known() or await sync_to_async(RetrievalSettings.current)()
        rests = _resting.get(self.model.public_id, 0.0) > time.monotonic()
        return chosen.rewriting and not rests and not is_busy_local(self.model)

    async def _asked(self, prompt: str) -> str:
        """'' when nothing usable came in time."""
        request = ChatRequest(
            model=self.model.name, messages=[ChatMessage(role="user", content=prompt)], params={"max_tokens": 200}
        )
        text, used = "", (estimate_tokens(prompt), 0)
        try:
            async with (
                asyncio.timeout(min(self.seconds, SECONDS)),
                contextlib.aclosing(self.provider.stream(request)) as pieces,
            ):
                async for piece in pieces:
                    if isinstance(piece, TextPiece):
                        text += piece.text
                    elif isinstance(piece, UsagePiece):
                        used = piece.prompt_tokens, piece.completion_tokens
        except (ProviderError, TimeoutError) as error:
            _resting[self.model.public_id] = time.monotonic() + RESTS
            log.info(
                "Questions are searched for as they are: %s", error or f"nothing came within {self.seconds:g} seconds"
            )
            text = ""
        counting.count(
            self.user.pk, self.model.public_id, Usage.Purpose.REWRITE,
            prompt=used[0], completion=used[1] or estimate_tokens(text),
        )  # fmt: skip
        return cleaned(text)


def leans_on_earlier(question: str) -> bool:
    """Whether it looks as if it could not be understood alone."""
    return len(segmentation.content_words(question)) <= _FEW_WORDS or bool(_REFERRING.search(question.strip()))


def cleaned(written: str) -> str:
    """One question out of what a model wrote; '' when there is nothing usable."""
    line = next((line for line in written.splitlines() if line.strip()), "").strip()
    line = re.sub(
        r"^(\W*(question|rewritten question|translation|问题|翻译)\W*[:：])\s*", "", line, flags=re.IGNORECASE
    )
    line = line.strip(" \"'“”‘’「」*`")
    return line if segmentation.words(line) and len(line) <= LONGEST else ""


def _earlier(said: Sequence[ChatMessage]) -> Sequence[ChatMessage]:
    """The last question and answer before the newest question."""
    spoken = [message for message in said if message.role in ("user", "assistant")][:-1]
    return spoken[-2:] if any(message.role == "user" for message in spoken[-2:]) else ()


def _prompt(question: str, earlier: Sequence[ChatMessage], written: Written | None) -> str:
    language = written and (written.language or f"the language of this text: “{written.sample[:150]}”")
    if language and not earlier:
        return _TRANSLATE.format(language=language, question=question[:LONGEST])
    task = "the last question of this conversation"
    if language:
        task += f" in {language}"
    task += ", so that it can be understood without the conversation"
    before = "".join(f"\n{message.role}: {text_of(message)[:500]}" for message in earlier)
    return _ASK.format(task=task, question=question[:LONGEST], before=f"\n\nConversation:{before}" if before else "")
