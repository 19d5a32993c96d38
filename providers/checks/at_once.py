"""Several at once: the same question alone and then by several, who all have to be answered."""

import asyncio
import time

from providers.base import ProviderError
from providers.checks.asking import MOST_AT_ONCE, Answer, Asker, Load, ms, user
from providers.checks.result import Result

TOKENS = 96
WISH = "Describe {} in some sentences."
THINGS = ("a lighthouse", "a bridge", "a bakery", "an orchard", "a theatre", "a ferry", "a windmill", "a square")


async def at_once(asker: Asker, load: Load) -> Result:
    count = min(load.at_once, MOST_AT_ONCE)
    asker.tell(0, count + 1)
    alone = await asker.ask(user(WISH.format("a river")), tokens=TOKENS)
    asker.tell(1, count + 1)
    await asker.quiet()
    begun = time.monotonic()
    wishes = [asker.ask(user(WISH.format(thing)), tokens=TOKENS, polite=False) for thing in THINGS[:count]]
    outcomes = await asyncio.gather(*wishes, return_exceptions=True)
    took = time.monotonic() - begun
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, ProviderError):
            raise outcome
    answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    problem = next((outcome for outcome in outcomes if isinstance(outcome, ProviderError)), None)
    together = sum(answer.tokens for answer in answers) / took if took > 0 else 0.0
    figures = {"answered": len(answers), "alone_speed": round(alone.speed, 1), "together_speed": round(together, 1)}
    if answers:
        figures["slowest_first_ms"] = ms(max(answer.first for answer in answers))
    return Result(
        check="at_once",
        outcome="passed" if len(answers) == count else "failed",
        said="all_answered" if len(answers) == count else "some_refused",
        values={"answered": len(answers), "of": count, "error": str(problem or ""), "problem": _code(problem)},
        figures=figures,
        series=[(number + 1, ms(answer.first)) for number, answer in enumerate(answers)],
    )


def _code(problem: ProviderError | None) -> str:
    return problem.code if problem else ""
