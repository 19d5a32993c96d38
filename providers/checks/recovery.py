"""Recovery: after a request that cannot be answered, and after hanging up in the middle, it answers as before."""

from contextlib import aclosing

from providers.base import FinishPiece, ProviderError, ReasoningPiece, TextPiece
from providers.checks.asking import Answer, Asker, Load, ms, user
from providers.checks.result import Result

CONTROL = "Say: ok"


async def recovery(asker: Asker, load: Load) -> Result:
    asker.tell(0, 3)
    complaint = await _nonsense(asker)
    after_error = await _tried(asker)
    asker.tell(1, 3)
    hung_up = await _hang_up(asker)
    asker.tell(2, 3)
    after_hanging_up = await _tried(asker)
    figures = {}
    if isinstance(after_error, Answer):
        figures["after_error_ms"] = ms(after_error.first)
    if isinstance(after_hanging_up, Answer):
        figures["after_hanging_up_ms"] = ms(after_hanging_up.first)
    problem = next((one for one in (after_error, after_hanging_up) if isinstance(one, ProviderError)), None)
    if problem is None:
        said = "recovered" if hung_up else "recovered_from_error"
    else:
        said = "not_after_error" if problem is after_error else "not_after_hanging_up"
    return Result(
        check="recovery",
        outcome="failed" if problem else "passed",
        said=said,
        values={"complaint": complaint, "error": str(problem or ""), "problem": problem.code if problem else ""},
        figures=figures,
    )


async def _nonsense(asker: Asker) -> str:
    """A chat without a message: the code of what the server says to it, '' when it answers all the same."""
    await asker.quiet()
    try:
        async with aclosing(asker.provider.stream(asker.request((), {"max_tokens": 1}))) as stream:
            async for piece in stream:
                if isinstance(piece, TextPiece | ReasoningPiece | FinishPiece):
                    return ""
    except ProviderError as problem:
        return problem.code
    return ""


async def _hang_up(asker: Asker) -> bool:
    """Leave in the middle of a long answer; False when it was over too soon for that."""
    await asker.quiet()
    request = asker.request((user("Count from 1 to 500."),), {"max_tokens": 400})
    try:
        async with aclosing(asker.provider.stream(request)) as stream:
            async for piece in stream:
                if isinstance(piece, TextPiece | ReasoningPiece):
                    return True
    except ProviderError:
        return False
    return False


async def _tried(asker: Asker) -> Answer | ProviderError:
    try:
        return await asker.ask(user(CONTROL), tokens=24)
    except ProviderError as problem:
        return problem
