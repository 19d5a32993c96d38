"""Where words stand in one chat: on the branch that is shown, in whatever case, and on the others how often."""

import re
from dataclasses import dataclass

from chat.finding.words import LONGEST, fold
from chat.models import Conversation

_BLANKS = re.compile(r"\s+")
_MARKS = re.compile(r"\*\*|~~|`+")  # of Markdown, which nobody sees who reads
LONGEST_QUERY = 200
LONGEST_READ = 20 * LONGEST  # characters of a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """`hits` are (message, how often), from the first message to the last; `elsewhere` counts other branches."""

    hits: list[tuple[int, int]]
    elsewhere: int


def within(chat: Conversation, typed: str) -> Within:
    """What is typed is looked for as it stands, blanks being alike; thoughts are not looked through."""
    wanted = _plain(typed[:LONGEST_QUERY])
    if not wanted:
        return Within(hits=[], elsewhere=0)
    found: dict[int, int] = {}
    parents: dict[int, int | None] = {}
    for pk, parent, text in chat.messages.order_by("pk").values_list("pk", "parent_id", "text"):
        parents[pk] = parent
        if count := _plain(text[:LONGEST_READ]).count(wanted):
            found[pk] = count
    shown: set[int] = set()
    at = chat.active_id
    while at is not None and at not in shown:
        shown.add(at)
        at = parents.get(at)
    hits = [(pk, count) for pk, count in found.items() if pk in shown]
    return Within(hits=hits, elsewhere=sum(found.values()) - sum(count for _pk, count in hits))


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", fold(_MARKS.sub("", text))).strip()
