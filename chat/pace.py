"""How many frames a socket may send: plenty for a page, too few to keep a process busy with refusing. Pure."""

from dataclasses import dataclass
from typing import Literal

BURST = 120  # frames at once, after a pause
EACH_SECOND = 30.0
PATIENCE = 600  # frames too many, after which the socket is closed
SAID_EVERY = 1.0  # seconds between two words about it


@dataclass(slots=True)
class Pace:
    """One socket's. `moment` is of a clock that only goes forward, in seconds."""

    left: float = BURST
    seen: float = 0.0
    excess: int = 0
    said: float = -SAID_EVERY

    def judge(self, moment: float) -> Literal["obey", "refuse", "drop", "close"]:
        """What becomes of a frame that comes now: refused with a word, once a second, and else dropped unread."""
        self.left = min(BURST, self.left + (moment - self.seen) * EACH_SECOND)
        self.seen = moment
        if self.left >= 1:
            self.left -= 1
            return "obey"
        self.excess += 1
        if self.excess > PATIENCE:
            return "close"
        if moment - self.said < SAID_EVERY:
            return "drop"
        self.said = moment
        return "refuse"
