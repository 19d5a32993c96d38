"""Several turns: what was said in the first has to be known in the fourth."""

from providers.base import ChatMessage
from providers.checks.asking import Asker, Load, ms, short, user
from providers.checks.result import Result

TURNS = (
    "Please remember this: my project is called Harbour, and it has 42 members.",
    "Which season comes after winter? Answer with one word.",
    "Which colour is grass? Answer with one word.",
    "What is my project called, and how many members has it? Answer in one short sentence.",
)


async def turns(asker: Asker, load: Load) -> Result:
    said: list[ChatMessage] = []
    for done, text in enumerate(TURNS):
        asker.tell(done, len(TURNS))
        said.append(user(text))
        answer = await asker.ask(*said)
        said.append(ChatMessage(role="assistant", content=answer.text or "OK"))
    knows_name = any(name in answer.text.lower() for name in ("harbour", "harbor"))
    knows_number = "42" in answer.text or "forty-two" in answer.text.lower()
    passed = knows_name and knows_number
    return Result(
        check="turns",
        outcome="passed" if passed else "failed",
        said="remembered" if passed else "half_remembered" if knows_name or knows_number else "forgot",
        values={"answer": short(answer.text), "turns": len(TURNS)},
        figures={"turns": len(TURNS), "first_ms": ms(answer.first)},
    )
