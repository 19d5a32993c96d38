"""Messages as a file has them, to the messages of a chat: in an order in which parents come first. Pure.

What is not taken (instructions, calls of tools) is stepped over: what stood under it stands under the one above. An
answer in several pieces, one under the other, becomes one. Works without recursion, in time n log n.
"""

import heapq
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from chat.importing.shapes import LONGEST_TEXT, MOST_MESSAGES, MOST_SOURCES, Cited, Said, Unreadable

NOTHING = "[…]"  # stands for a question of which nothing can be taken, such as a picture without words


@dataclass(frozen=True, slots=True)
class Node:
    """`said` is None for what is stepped over."""

    key: str
    parent: str | None
    said: Said | None = None


def grown(nodes: Sequence[Node], shown: str = "") -> tuple[tuple[Said, ...], str | None]:
    """The messages in order, and the one of them at which the shown branch ends. Raises `Unreadable`."""
    if len(nodes) > 4 * MOST_MESSAGES:
        raise Unreadable(_("It has more messages than a chat can have here."))
    by_key: dict[str, Node] = {}
    for node in nodes:
        by_key.setdefault(node.key, node)
    above = _parents(by_key)
    ordered = _ordered([node.said for node in by_key.values() if node.said], above)
    merged, stands_for = _in_one_piece(ordered, above)
    end = shown if shown in by_key else ""
    if end and by_key[end].said is None:
        end = above.get(end) or ""
    return tuple(merged), stands_for.get(end, end) or None


def chain(messages: Sequence[Said], after: str | None = None) -> list[Node]:
    """Messages that follow each other."""
    nodes: list[Node] = []
    for said in messages:
        nodes.append(Node(said.key, after, said))
        after = said.key
    return nodes


def _parents(by_key: dict[str, Node]) -> dict[str, str | None]:
    """Of each message the one above that is taken."""
    found: dict[str, str | None] = {}
    for start in by_key:
        path: list[str] = []
        on_path: set[str] = set()
        at: str | None = start
        while at is not None and at in by_key and at not in found:
            if at in on_path:
                raise Unreadable(_("Its messages stand in a circle."))
            path.append(at)
            on_path.add(at)
            at = by_key[at].parent
        for key in reversed(path):
            above = by_key[key].parent
            while above is not None and above in by_key and by_key[above].said is None:
                above = found[above]
            found[key] = above if above in by_key else None
    return found


def _ordered(messages: Sequence[Said], above: dict[str, str | None]) -> list[Said]:
    """Parents first, and otherwise by time and by their order in the file."""
    places = {said.key: place for place, said in enumerate(messages)}
    below: defaultdict[str | None, list[Said]] = defaultdict(list)
    for said in messages:
        below[above[said.key]].append(said)
    waiting = [(said.at or 0.0, places[said.key]) for said in below[None]]
    heapq.heapify(waiting)
    ordered: list[Said] = []
    while waiting:
        at, place = heapq.heappop(waiting)
        said = messages[place].model_copy(update={"parent": above[messages[place].key]})
        ordered.append(said)
        for child in below[said.key]:
            heapq.heappush(waiting, (max(at, child.at or 0.0), places[child.key]))
    return ordered


def _in_one_piece(ordered: Sequence[Said], above: dict[str, str | None]) -> tuple[list[Said], dict[str, str]]:
    """An answer alone under an answer joins it; also which message stands for each that has joined another."""
    count: defaultdict[str | None, int] = defaultdict(int)
    for said in ordered:
        count[said.parent] += 1
    made: dict[str, list[Said]] = {}
    stands_for: dict[str, str] = {}
    for said in ordered:
        parent = stands_for.get(said.parent or "", said.parent)
        alone = said.parent is not None and count[said.parent] == 1
        if parent in made and alone and said.role == "assistant" == made[parent][0].role:
            made[parent].append(said)
            stands_for[said.key] = parent
        else:
            made[said.key] = [said.model_copy(update={"parent": parent})]
    return [_joined(pieces) for pieces in made.values()], stands_for


def _joined(pieces: Sequence[Said]) -> Said:
    first = pieces[0]
    if len(pieces) == 1:
        return first
    texts: list[str] = []
    sources: list[Cited] = []
    for piece in pieces:
        before = max((source.n for source in sources), default=0)
        text = _renumbered(piece, before)
        sources += [source.model_copy(update={"n": source.n + before}) for source in piece.sources]
        texts.append(text)
    text, thoughts = ("\n\n".join(filter(None, some)) for some in (texts, [piece.reasoning for piece in pieces]))
    if max(len(text), len(thoughts)) > LONGEST_TEXT or len(sources) > MOST_SOURCES:
        raise Unreadable(_("One of its answers is longer than an answer can be here."))
    model = next((piece.model for piece in pieces if piece.model), "")
    last = pieces[-1].state
    return first.model_copy(
        update={"text": text, "reasoning": thoughts, "sources": tuple(sources), "model": model, "state": last}
    )


def _renumbered(said: Said, before: int) -> str:
    numbers = {str(source.n) for source in said.sources}
    if not before or not numbers:
        return said.text
    return re.sub(
        r"\[(\d{1,3})\]", lambda mark: f"[{int(mark[1]) + before}]" if mark[1] in numbers else mark[0], said.text
    )
