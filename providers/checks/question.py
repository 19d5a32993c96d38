"""A question whose answer stands in it, in English and in Chinese: either language is enough to pass."""

from providers.checks.asking import Asker, Load, ms, short, user
from providers.checks.result import Result

ENGLISH = (
    "The meeting room on the second floor is called Nightingale. What is the meeting room called? Answer with one word."
)
CHINESE = "二楼的会议室叫“夜莺厅”。请问二楼的会议室叫什么？只回答名字。"


async def question(asker: Asker, load: Load) -> Result:
    asker.tell(0, 2)
    english = await asker.ask(user(ENGLISH))
    asker.tell(1, 2)
    chinese = await asker.ask(user(CHINESE))
    knows = {"english": "nightingale" in english.text.lower(), "chinese": "夜莺" in chinese.text}
    right = [name for name, is_right in knows.items() if is_right]
    said = "both_right" if len(right) == 2 else f"only_{right[0]}" if right else "none_right"
    return Result(
        check="question",
        outcome="passed" if right else "failed",
        said=said,
        values={"english": short(english.text), "chinese": short(chinese.text)},
        figures={"first_ms": ms(english.first), "answer_ms": ms(english.seconds)},
    )
