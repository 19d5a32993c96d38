"""What answers use: claimed with the question, counted while they are written, settled with their ends.

Where nobody has a limit this costs a turn no query and no row (providers/budgets.py, providers/counting.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chat.database import in_database
from chat.events import ReasoningAdded, TextAdded, TurnEvent
from chat.images.trail import pictures_in
from chat.images.wish import IMAGE
from chat.models import Message
from chat.prompt import estimate_tokens
from chat.rows import Ending
from providers import budgets, counting
from providers.allowances import rules
from providers.budgets import REPLY, Claim, OverBudget, Wish
from providers.models import Usage

if TYPE_CHECKING:
    from webui.accounts.models import User

_PARENT = Message._meta.get_field("parent")
PASSAGES = 2500  # tokens that passages of libraries or the web are believed to take


def claim_all(questions: Sequence[tuple["User", Sequence[Message]]]) -> list[OverBudget | None]:
    """Let the replies of each question hold what they may need, or say why they cannot, within a transaction."""
    if not rules():
        return [None] * len(questions)
    wishes = [[Wish(user_id=user.pk, estimate=_estimate(reply)) for reply in replies] for user, replies in questions]
    refusals: list[OverBudget | None] = []
    for (_user, replies), outcome in zip(questions, budgets.claim_all(wishes), strict=True):
        if isinstance(outcome, OverBudget):
            refusals.append(outcome)
            continue
        refusals.append(None)
        for reply, claim in zip(replies, outcome, strict=True):
            reply.claim = claim
    return refusals


class Spending:
    """One answer that holds a claim, and asks for more when it turns out longer. `take` raises `OverBudget`."""

    def __init__(self, claim: Claim, prompt: int) -> None:
        self._claim = claim
        self._used = prompt

    async def take(self, event: TurnEvent) -> None:
        if isinstance(event, TextAdded | ReasoningAdded):
            self._used += estimate_tokens(event.text)
            while self._used > self._claim.tokens and not self._claim.uncovered:
                await in_database(budgets.grow, self._claim, REPLY)


def spending(reply: Message) -> Spending | None:
    return Spending(reply.claim, _prompt(reply)) if reply.claim else None


def counted(user: "User", reply: Message, ending: Ending) -> Ending:
    """The ending with what it settles; what it used is counted."""
    record = ending.record
    if IMAGE in reply.params:
        return _pictures_counted(user, reply, ending)
    prompt, completion = used(ending.usage, record.text + record.reasoning, _prompt(reply))
    if completion or prompt:
        name = reply.model.public_id if reply.model else reply.model_name
        counting.count(user.pk, name, Usage.Purpose.ANSWER, prompt=prompt, completion=completion)
    return replace(ending, claim=reply.claim, used=prompt + completion) if reply.claim else ending


def _pictures_counted(user: "User", reply: Message, ending: Ending) -> Ending:
    """Each picture counts as many tokens as its server says, also when the answer was stopped or failed after it."""
    order, pictures = reply.params[IMAGE], pictures_in(ending.record.trail)
    tokens = order["tokens"] // order["count"] * pictures
    if pictures:
        name = f"image:{order['name']}"
        counting.count(user.pk, name, Usage.Purpose.IMAGE, prompt=0, completion=tokens, answers=pictures)
    return replace(ending, claim=reply.claim, used=tokens) if reply.claim else ending


def used(reported: Mapping[str, Any], written: str, prompt: int) -> tuple[int, int]:
    """Tokens of prompt and answer: as the server reported them, else an estimate, which is none without an answer."""
    told = int(reported.get("prompt_tokens") or 0), int(reported.get("completion_tokens") or 0)
    if any(told) or not written:
        return told
    return prompt, estimate_tokens(written)


def _estimate(reply: Message) -> int:
    if IMAGE in reply.params:
        return int(reply.params[IMAGE]["tokens"])
    params = reply.params.get("params") or {}
    wished = params.get("max_completion_tokens") or params.get("max_tokens")
    return _prompt(reply) + (wished if isinstance(wished, int) and wished > 0 else REPLY)


def _prompt(reply: Message) -> int:
    """What the prompt may take: all that was said above, as the server counted it there, and what is new."""
    question = reply.parent
    if question is None:
        return 0
    # Whoever answers has loaded it; nothing is looked up here, on the event loop.
    known = question.parent if _PARENT.is_cached(question) else None
    above = known.usage.get("total_tokens", 0) if known else 0
    consulted = PASSAGES if reply.params.get("libraries") or reply.params.get("web_search") else 0
    return int(above or 0) + estimate_tokens(question.text) + consulted
