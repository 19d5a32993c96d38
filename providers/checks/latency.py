"""Latency: how long until the first word, asked several times one after the other."""

from statistics import median

from providers.checks.asking import Asker, Load, ms, user
from providers.checks.result import Result

MOST = 5.0  # seconds until the first word, for half of the questions


async def latency(asker: Asker, load: Load) -> Result:
    answers = []
    for number in range(load.questions):
        asker.tell(number, load.questions)
        # Another beginning each time, so that nothing of it was read before.
        answers.append(await asker.ask(user(f"{number + 1}. Say: ok"), tokens=24))
    firsts = [answer.first for answer in answers]
    middle = median(firsts)
    return Result(
        check="latency",
        outcome="passed" if middle <= MOST else "failed",
        said="quick" if middle <= MOST else "slow",
        values={"median": round(middle, 2), "most": MOST, "questions": load.questions},
        figures={"median_ms": ms(middle), "slowest_ms": ms(max(firsts)), "quickest_ms": ms(min(firsts))},
        series=[(number + 1, ms(first)) for number, first in enumerate(firsts)],
    )
