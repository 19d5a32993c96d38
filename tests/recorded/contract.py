"""The questions that a real server is asked once, and its transcript ever after. Nothing here judges the answers."""

from dataclasses import dataclass

from providers.addresses import Address
from providers.base import ChatMessage, ChatRequest
from providers.clients import close_all, provider_for
from providers.discovery import look
from providers.doctor.card import Card
from providers.doctor.examination import Subject, examine
from providers.failures import AnswerFailed
from providers.models import Connection, Model
from tests.providers.answers import Answer, answer_of

MODEL = "tiny"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The card, the code of what went wrong when the address was pasted, and the answers by name."""

    card: Card
    problem: str
    answers: dict[str, Answer]


async def meet(address: str, model: str) -> Outcome:
    """As an administrator and people do it: paste, examine, ask."""
    problem = ""
    try:
        found = (await look(address)).address
    except AnswerFailed as failed:
        problem, found = failed.failure.code, Address(kind="openai", base_url=f"{address}/v1")
    card = (await examine(Subject(address=found, wanted=[model]))).card
    connection = Connection(name="x", base_url=found.base_url, product=card["product"], card=card)
    answers = {}
    for name, request in _questions(model).items():
        asked = Model(connection=connection, name=request.model, public_id=request.model)
        answers[name] = await answer_of(provider_for(asked), request)
    await close_all()
    return Outcome(card=card, problem=problem, answers=answers)


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
