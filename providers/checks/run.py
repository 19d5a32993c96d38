"""All seven checks one after the other; a model that cannot be asked at all fails the first and is spared the rest."""

from collections.abc import AsyncIterator, Awaitable, Callable

from providers.base import ProviderError
from providers.checks.asking import Asker, Crowded, Load
from providers.checks.at_once import at_once
from providers.checks.instruction import instruction
from providers.checks.latency import latency
from providers.checks.long_run import long_run
from providers.checks.question import question
from providers.checks.recovery import recovery
from providers.checks.result import Result
from providers.checks.turns import turns

Check = Callable[[Asker, Load], Awaitable[Result]]
CHECKS: dict[str, Check] = {
    "question": question,
    "turns": turns,
    "instruction": instruction,
    "latency": latency,
    "long_run": long_run,
    "at_once": at_once,
    "recovery": recovery,
}
# Whoever says one of these says it to every question.
HOPELESS = {"unreachable", "timeout", "unauthorized", "model_not_found", "unreadable_key"}


async def run(asker: Asker, load: Load, begins: Callable[[str], object]) -> AsyncIterator[Result]:
    """One result after the other; `begins` hears which check comes next. Raises nothing of the providers'."""
    spared = ""
    for name, check in CHECKS.items():
        if spared:
            yield Result(check=name, outcome="impossible", said="spared", values={"problem": spared})
            continue
        begins(name)
        try:
            yield await check(asker, load)
        except Crowded:
            yield Result(check=name, outcome="impossible", said="crowded")
        except ProviderError as problem:
            values = {"problem": problem.code, "error": str(problem)}
            yield Result(check=name, outcome="failed", said="error", values=values)
            spared = problem.code if problem.code in HOPELESS and name == "question" else ""
