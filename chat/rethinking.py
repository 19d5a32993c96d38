"""What was shown as text and turned out to be thinking, told apart when it is stored. Pure.

Some servers leave out the tag that opens a model's thinking, so that only the closing one says what came before it. The
frames that were sent stay as they are; one of stage `rethought` says how much of the text before it still is text.
"""

from typing import Any

from webui.live import Record

STAGE = "rethought"


def settled(record: Record) -> Record:
    """The same record, or one in which the thinking stands where it belongs, under the same numbers."""
    mark = next((place for place in reversed(range(len(record.trail))) if _is_mark(record.trail[place])), None)
    if mark is None:
        return record
    keep = int(record.trail[mark][1] or 0)
    text, reasoning = record.text, record.reasoning
    trail: list[Any] = []
    texts: list[str] = []
    reasonings: list[str] = []
    for place, item in enumerate(record.trail):
        if not isinstance(item, int):
            trail.append(item)
            continue
        if item > 0:
            piece, text = text[:item], text[item:]
        else:
            piece, reasoning = reasoning[:-item], reasoning[-item:]
        is_text = item > 0 and (place > mark or keep > 0)
        keep -= len(piece) if item > 0 else 0
        (texts if is_text else reasonings).append(piece)
        trail.append(len(piece) if is_text else -len(piece))
    return Record(
        message=record.message,
        text="".join(texts),
        reasoning="".join(reasonings),
        trail=trail,
        sources=record.sources,
        end=record.end,
    )


def _is_mark(item: Any) -> bool:
    return isinstance(item, list) and item[0] == STAGE
