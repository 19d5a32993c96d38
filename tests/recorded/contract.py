"""The questions that a real server is asked once, and its transcript ever after. Nothing here judges the answers."""

from dataclasses import dataclass

from providers.base import ChatMessage, ChatRequest
from providers.clients import close_all, provider_for
from providers.discovery import look
from providers.doctor.card import Card
from providers.doctor.examination import Subject, examine
from providers.failures import AnswerFailed
from providers.models import Connection, Model
from tests.providers.answers import Answer, answer_of


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The card, and the answers by the names of the questions."""

    card: Card
    answers: dict[str, Answer]


async def meet(address: str) -> Outcome:
    """As an administrator and people do it: paste, examine, ask the first model."""
    found = (await look(address)).address
    card = (await examine(Subject(address=found))).card
    connection = Connection(name="x", base_url=found.base_url, product=card["product"], card=card)
    answers = {}
    questions = _questions(card["tried"][0])
    if card["max_tokens_rule"] == "unknown":
        del questions["too much"]  # who does not refuse it may write for hours
    for name, request in questions.items():
        asked = Model(connection=connection, name=request.model, public_id=request.model)
        answers[name] = await answer_of(provider_for(asked), request)
    await close_all()
    return Outcome(card=card, answers=answers)


async def refused(address: str) -> dict[str, str]:
    """Of a server that wants a key: what is said where there is none, and where there is a wrong one."""
    codes = {}
    for name, key in {"no key": "", "wrong key": "sk-wrong"}.items():
        try:
            found = (await look(address, key)).address
            await examine(Subject(address=found, key=key))
        except AnswerFailed as problem:
            codes[name] = problem.failure.code
    return codes


def _questions(model: str) -> dict[str, ChatRequest]:
    hello = ChatMessage(role="user", content="Hello? 你好？")
    earlier = [ChatMessage(role="system", content="Be brief."), hello, ChatMessage(role="assistant", content="Yes.")]
    fox = "The quick brown fox jumps over the lazy dog. "
    long, endless = (ChatMessage(role="user", content=fox * times) for times in (70, 200))
    few = {"max_tokens": 12, "temperature": 0}
    return {
        "plain": ChatRequest(model=model, messages=[hello], params=few),
        "turns": ChatRequest(model=model, messages=[*earlier, hello], params=few),
        "too long": ChatRequest(model=model, messages=[long], params=few),
        "far too long": ChatRequest(model=model, messages=[endless], params=few),
        "too much": ChatRequest(model=model, messages=[hello], params={"max_tokens": 20_000}),
        "unknown model": ChatRequest(model="no-such-model", messages=[hello], params=few),
    }
