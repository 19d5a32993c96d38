"""Instructions: three answers in a form that can be looked at; two of three are enough to pass."""

import json
import re
from collections.abc import Callable

from providers.base import ChatMessage
from providers.checks.asking import Asker, Load, short, system, user
from providers.checks.result import Result


def is_one_capital_word(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Z]{2,}[.!]?", text.strip("*\"' ")))


def is_three_dashes(text: str) -> bool:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return len(lines) == 3 and all(re.match(r"[-–•*]", line) for line in lines)


def is_city_object(text: str) -> bool:
    found = re.search(r"\{.*\}", text, re.DOTALL)
    try:
        read = json.loads(found.group()) if found else None
    except ValueError:
        return False
    return isinstance(read, dict) and {str(name).lower() for name in read} == {"city", "country"}


Task = tuple[str, tuple[ChatMessage, ...], Callable[[str], bool]]
TASKS: tuple[Task, ...] = (
    (
        "capitals",
        (system("You answer every question with exactly one word in capital letters."), user("Which colour is grass?")),
        is_one_capital_word,
    ),
    (
        "list",
        (user("Name three animals. Write exactly three lines, each beginning with a dash, and nothing else."),),
        is_three_dashes,
    ),
    (
        "json",
        (user('Paris is in France. Answer with a JSON object with the keys "city" and "country" and nothing else.'),),
        is_city_object,
    ),
)


async def instruction(asker: Asker, load: Load) -> Result:
    missed: dict[str, str] = {}
    for done, (name, messages, is_followed) in enumerate(TASKS):
        asker.tell(done, len(TASKS))
        answer = await asker.ask(*messages)
        if not is_followed(answer.text):
            missed[name] = short(answer.text)
    followed = len(TASKS) - len(missed)
    return Result(
        check="instruction",
        outcome="passed" if followed >= 2 else "failed",
        said="followed_all" if not missed else "followed_some",
        values={"followed": followed, "of": len(TASKS), "answer": next(iter(missed.values()), ""), "missed": [*missed]},
        figures={"followed": followed},
    )
