"""Writes a chat's title, and its tags, after its first answer: a helper call that may fail without anybody noticing.

It comes after people: one at a time, and never while the only place a model runs at is answering somebody.
"""

import asyncio
import contextlib
import re
import time
from typing import TYPE_CHECKING

from chat import rows, tagging
from chat.assistants import chosen
from chat.database import in_database
from chat.models import TITLE_LENGTH, Message
from chat.notices import tell_of_title
from providers import counting
from providers.access import ModelNotAllowed
from providers.base import ChatMessage, ChatProvider, ChatRequest, ProviderError, TextPiece, UsagePiece
from providers.clients import is_busy_local, provider_for
from providers.models import Usage
from webui.conf import conf

if TYPE_CHECKING:
    from chat.asking import Asked

_ASK = (
    "Write a title of two to six words for this conversation, in its language. Answer with the title alone.\n\n"
    "Question: {question}\n\nAnswer: {answer}"
)


LOOK = 0.5  # seconds between two looks at a busy server
PATIENCE = 120.0  # seconds after which the first title stays
_turn = asyncio.Semaphore(1)


async def improve_title(asked: "Asked", reply: Message, answer: str) -> None:
    """Replaces the first title, unless the conversation is older or a person named it; and adds tags where wanted."""
    conversation = asked.conversation
    if asked.question.parent_id is not None or reply.pk != asked.replies[0].pk or reply.model is None:
        return
    written = await _helped(asked, reply, _ASK.format(question=asked.question.text[:500], answer=answer[:500]))
    if title := clean_title(written):
        is_named = await in_database(rows.name, conversation, title)
        if is_named:
            await tell_of_title(conversation, title)
    if conf.auto_tags and await in_database(tagging.are_wanted_by, asked.user.pk):
        known = await in_database(tagging.known_to, asked.user.pk)
        written = await _helped(asked, reply, tagging.prompt(asked.question.text, answer, known))
        if tags := tagging.tags_in(written):
            await in_database(tagging.put, conversation.pk, tags)


async def _helped(asked: "Asked", reply: Message, prompt: str) -> str:
    """What the model of the answer writes, once nobody else waits for it; '' when it does not, or may not any more."""
    if reply.model is None:
        return ""
    asked_at = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE), _turn:
            while is_busy_local(reply.model):  # noqa: ASYNC110 - nobody tells when a server falls idle
                await asyncio.sleep(LOOK)
            # The answer was allowed a moment ago; what waited longer is judged anew.
            if time.monotonic() - asked_at > LOOK / 2 and not await in_database(_still_allowed, asked, reply):
                return ""
            written, used = await _written(provider_for(reply.model), reply.model.name, prompt)
    except (ProviderError, TimeoutError):
        return ""
    counting.count(asked.user.pk, reply.model.public_id, Usage.Purpose.TITLE, prompt=used[0], completion=used[1])
    return written


def clean_title(written: str) -> str:
    """One plain line out of what a model wrote; '' when there is nothing usable."""
    line = next((line for line in written.splitlines() if line.strip()), "")
    line = re.sub(r"^(title|标题)\s*[:：]\s*", "", line.strip(), flags=re.IGNORECASE)
    line = re.sub(r"[*_`#<>\u0000-\u001f\u200b-\u200f\u202a-\u202e]", "", line).strip(" \"'“”‘’「」《》.。")
    return line if len(line) <= TITLE_LENGTH else ""


def _still_allowed(asked: "Asked", reply: Message) -> bool:
    user = type(asked.user).objects.filter(pk=asked.user.pk).first()
    try:
        return user is not None and bool(chosen(user, [reply.model_name]))
    except ModelNotAllowed:
        return False


async def _written(provider: ChatProvider, model: str, prompt: str) -> tuple[str, tuple[int, int]]:
    """The text, and the tokens of prompt and answer."""
    request = ChatRequest(model=model, messages=[ChatMessage(role="user", content=prompt)], params={"max_tokens": 200})
    text, used = "", (0, 0)
    async with contextlib.aclosing(provider.stream(request)) as pieces:
        async for piece in pieces:
            if isinstance(piece, TextPiece):
                text += piece.text
            elif isinstance(piece, UsagePiece):
                used = piece.prompt_tokens, piece.completion_tokens
    return text, used
