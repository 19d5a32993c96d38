"""What of a prompt fits into a window: passages by their scores, then the newest messages. Pure, counts alone."""

from collections.abc import Sequence

REPLY_SHARE = 4  # one part in four of the window is left to the reply
SMALLEST_REPLY = 256  # tokens
LARGEST_REPLY = 16_384  # that are kept free although nobody asked for so many
HISTORY_SHARE = 4  # one part in four of what passages and history share is not given to passages
WORTH_QUOTING = 80  # tokens: a shorter piece of a passage tells nothing


def reply_room(window: int, wished: int | None = None) -> int:
    """Tokens that are kept free for the answer, and for what a count may be wrong by."""
    usual = max(min(window // REPLY_SHARE, LARGEST_REPLY), min(SMALLEST_REPLY, window // 2))
    return usual if wished is None else min(max(wished, usual // 2), window // 2)


def fitting_passages(costs: Sequence[int], scores: Sequence[float], room: int) -> set[int]:
    """Places of the passages to quote, the best first; one that is too long makes way for a shorter one below it."""
    chosen: set[int] = set()
    for place in sorted(range(len(costs)), key=lambda place: -scores[place]):
        if costs[place] <= room:
            chosen.add(place)
            room -= costs[place]
    return chosen


def first_kept(roles: Sequence[str], costs: Sequence[int], room: int) -> int:
    """Which of the older messages the prompt begins with: their number when none is kept.

    When not all fit, half the room is left free: so the prompt begins the same way in the turns that follow, and a
    server finds it in its cache. The last exchange is kept as long as it fits at all. Templates want a question first.
    """
    if sum(costs) <= room:
        return 0
    start = _within(costs, room // 2)
    if roles[start:].count("user") == 0:
        start = min(start, _last_exchange(roles, costs, room))
    while start < len(roles) and roles[start] != "user":
        start += 1
    return start


def _within(costs: Sequence[int], room: int) -> int:
    start = len(costs)
    while start and costs[start - 1] <= room:
        start -= 1
        room -= costs[start]
    return start


def _last_exchange(roles: Sequence[str], costs: Sequence[int], room: int) -> int:
    start = max((place for place, role in enumerate(roles) if role == "user"), default=len(roles))
    return start if sum(costs[start:]) <= room else len(roles)
