"""The checks in words, for whoever reads them: their names, what they ask, their results and figures."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later

from providers.checks.result import Result
from providers.failures import Failure
from providers.sentences import error_for

NAMES: dict[str, Promise] = {
    "question": _later("Question"),
    "turns": _later("Several turns"),
    "instruction": _later("Instruction"),
    "latency": _later("Latency"),
    "long_run": _later("Long run"),
    "at_once": _later("Several at once"),
    "recovery": _later("Recovery"),
}
ABOUT: dict[str, Promise] = {
    "question": _later("Does it answer a simple question, in English and in Chinese?"),
    "turns": _later("Does it know in the fourth turn what was said in the first?"),
    "instruction": _later("Does it keep to the form that was asked for?"),
    "latency": _later("How long does it take until the first word?"),
    "long_run": _later("Does it go on without errors, and as quickly as at the beginning?"),
    "at_once": _later("Does it answer several people at the same time?"),
    "recovery": _later("Does it answer as before after an error, and after somebody hung up?"),
}
OUTCOMES: dict[str, Promise] = {
    "passed": _later("passed"),
    "failed": _later("failed"),
    "impossible": _later("not possible"),
}
SENTENCES: dict[str, Promise] = {
    "both_right": _later("Right in English and in Chinese."),
    "only_english": _later("Right in English, and not in Chinese, where it said: “%(chinese)s”"),
    "only_chinese": _later("Right in Chinese, and not in English, where it said: “%(english)s”"),
    "none_right": _later("Wrong in both languages. It said: “%(english)s” and “%(chinese)s”"),
    "remembered": _later("It knew in turn %(turns)s what had been said in the first."),
    "half_remembered": _later("It knew only half of what had been said in the first turn: “%(answer)s”"),
    "forgot": _later("It had forgotten what was said in the first turn: “%(answer)s”"),
    "followed_all": _later("It kept to all three forms that were asked for."),
    "followed_some": _later("It kept to %(followed)s of %(of)s forms. Where it did not, it said: “%(answer)s”"),
    "quick": _later("Half of %(questions)s answers began within %(median)s s; up to %(most)s s is good enough."),
    "slow": _later("Half of %(questions)s answers took %(median)s s to begin; %(most)s s would be good enough."),
    "lasted": _later("%(answers)s long answers in %(seconds)s s without an error."),
    "tired": _later("It became slower: at the end it wrote with %(kept)s %% of the speed of the beginning."),
    "paused": _later("It stopped for %(pause)s s in the middle of an answer."),
    "broke": _later("After %(answers)s answers it failed: %(error)s"),
    "all_answered": _later("All %(of)s who asked at once were answered."),
    "some_refused": _later("Of %(of)s who asked at once, %(answered)s were answered: %(error)s"),
    "recovered": _later("After an error, and after hanging up in the middle, it answered as before."),
    "recovered_from_error": _later("After an error it answered as before. It was too quick to hang up on."),
    "not_after_error": _later("After a request that cannot be answered it did not answer any more: %(error)s"),
    "not_after_hanging_up": _later("After somebody hung up it did not answer any more: %(error)s"),
    "error": _later("It could not be asked: %(error)s"),
    "crowded": _later("People were being answered all the while, so it was not tried. Try again when it is quiet."),
    "spared": _later("Not tried, since the model cannot be asked at all."),
}
FIGURES: dict[str, Promise] = {
    "first_ms": _later("First word after"),
    "answer_ms": _later("Whole answer"),
    "turns": _later("Turns"),
    "followed": _later("Forms kept to"),
    "median_ms": _later("First word, half of them"),
    "slowest_ms": _later("First word, slowest"),
    "quickest_ms": _later("First word, quickest"),
    "answers": _later("Answers"),
    "seconds": _later("Time, in seconds"),
    "speed": _later("Tokens a second"),
    "pause_ms": _later("Longest pause"),
    "kept": _later("Speed kept"),
    "answered": _later("Answered"),
    "alone_speed": _later("Tokens a second, alone"),
    "together_speed": _later("Tokens a second, together"),
    "slowest_first_ms": _later("First word, slowest of them"),
    "after_error_ms": _later("First word after an error"),
    "after_hanging_up_ms": _later("First word after hanging up"),
}
# A smaller number is the better one; of the others a larger.
BETTER_SMALL = {name for name in FIGURES if name.endswith("_ms")}
NEITHER = {"turns", "answers", "seconds"}


def sentence(result: Result) -> str:
    """What was found out. A failure of the server is worded in the reader's language, not in that of the thread."""
    values = dict(result.values)
    if code := str(values.get("problem") or ""):
        values["error"] = problem(code)
    return str(SENTENCES[result.said]) % values if result.said in SENTENCES else ""


def problem(code: str) -> str:
    if code == "internal":
        return _("Something went wrong in the chat server itself; its log says what.")
    return str(error_for(Failure(code=code)))


def amount(name: str, value: float) -> str:
    """A figure with its unit."""
    if name.endswith("_ms"):
        return _("%(number)s s") % {"number": f"{value / 1000:.2f}"} if value >= 1000 else f"{value:.0f} ms"
    if name == "kept":
        return f"{value * 100:.0f} %"
    return f"{value:g}"
