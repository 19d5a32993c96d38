"""A long run: one longer answer after the other for a minute, without an error and without becoming slower."""

import time
from statistics import median

from providers.base import ProviderError
from providers.checks.asking import Answer, Asker, Load, ms, user
from providers.checks.result import Result

FEWEST, MOST_ANSWERS = 3, 60
LONGEST_PAUSE = 15.0  # seconds in the middle of an answer
KEEPS = 0.5  # of the speed at the beginning
WORTH_JUDGING = 0.3  # seconds of writing, below which a speed says nothing
SUBJECTS = ("a harbour", "a library", "a mountain", "a railway", "a garden", "a market")


async def long_run(asker: Asker, load: Load) -> Result:
    answers: list[Answer] = []
    series: list[tuple[float, float]] = []
    spent, problem = 0.0, None
    while problem is None and len(answers) < MOST_ANSWERS and (spent < load.long_seconds or len(answers) < FEWEST):
        asker.tell(min(round(spent), round(load.long_seconds)), round(load.long_seconds) or 1)
        subject = SUBJECTS[len(answers) % len(SUBJECTS)]
        await asker.quiet()  # waiting for people is no part of the run
        begun = time.monotonic()
        try:
            wish = f"{len(answers) + 1}. Tell a long story about {subject}."
            answers.append(await asker.ask(user(wish), tokens=load.long_tokens, polite=False))
        except ProviderError as refusal:
            problem = refusal
        spent += time.monotonic() - begun
        if problem is None:
            series.append((round(spent, 2), round(answers[-1].speed, 1)))
    return _judged(answers, series, spent, problem)


def _judged(
    answers: list[Answer], series: list[tuple[float, float]], spent: float, problem: ProviderError | None
) -> Result:
    pause = max((answer.pause for answer in answers), default=0.0)
    speeds = [answer.speed for answer in answers if answer.seconds - answer.first >= WORTH_JUDGING]
    third = len(speeds) // 3
    kept = median(speeds[-third:]) / median(speeds[:third]) if third and median(speeds[:third]) else 1.0
    said = "broke" if problem else "paused" if pause > LONGEST_PAUSE else "tired" if kept < KEEPS else "lasted"
    figures = {"answers": len(answers), "seconds": round(spent, 1), "pause_ms": ms(pause), "kept": round(kept, 2)}
    tokens = sum(answer.tokens for answer in answers)
    writing = sum(answer.seconds - answer.first for answer in answers)
    if writing > 0:
        figures["speed"] = round(tokens / writing, 1)
    return Result(
        check="long_run",
        outcome="passed" if said == "lasted" else "failed",
        said=said,
        values={
            "answers": len(answers),
            "seconds": round(spent),
            "kept": round(kept * 100),
            "pause": round(pause, 1),
            "problem": problem.code if problem else "",
            "error": str(problem or ""),
        },
        figures=figures,
        series=series,
    )
