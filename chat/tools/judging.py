"""Whether a call may run by itself or waits for a click. Pure: the whole rule stands here.

What a stranger wrote cannot make anything happen: once something untrusted is before the model (a result of a tool, a
passage, a page), only what an administrator has approved to run by itself, and what only reads, runs without a click.
Where it stood before an earlier answer of the chat, that answer may carry it on: then a click of its person is needed
too, but one may count for the whole chat.
"""

from dataclasses import dataclass
from typing import Literal

Why = Literal["destroys", "ask", "untrusted", "earlier", "elsewhere", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call about to be made. `always`: an administrator lets it run by itself; `consented`: its person has allowed it
    for this chat; `tainted`: text of strangers is before the model; `earlier`: it was before it in an answer above;
    `elsewhere`: it would carry words of the model to an address that nobody has named before."""

    nature: str
    always: bool
    consented: bool
    tainted: bool
    earlier: bool = False
    elsewhere: bool = False


def reason_to_wait(asked: Asked) -> Why:
    """'' when it may run at once."""
    if asked.nature == "destroys":
        return "destroys"
    if not (asked.always or asked.consented):
        return "ask"
    if asked.tainted and asked.nature != "reads":
        return "untrusted"
    if asked.earlier and asked.nature != "reads" and not asked.consented:
        return "earlier"
    if (asked.tainted or asked.earlier) and asked.elsewhere:
        return "elsewhere"
    return ""


def can_last(why: Why) -> bool:
    """Whether one click may count for the whole chat."""
    return why in ("ask", "earlier")
