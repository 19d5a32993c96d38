"""Tells a model's thinking from its answer when it marks the thinking with tags in the text. Pure."""

import re
from collections.abc import Iterator

_TAG = re.compile(r"<(/?)(?:think|thinking|reason)>", re.IGNORECASE)
_TAGS = [f"<{slash}{name}>" for slash in ("", "/") for name in ("think", "thinking", "reason")]
_LONGEST_TAG = max(map(len, _TAGS))
_FENCES = ("```", "~~~")
_UNSETTLED = 256  # pieces of text whose lines have not been looked at
# Models whose templates usually write the opening tag themselves: R1, QwQ, …-Thinking-2507, …-reasoning.
_THINKERS = re.compile(
    r"(?:^|[^a-z0-9])(?:r1|qwq|qvq|(?:z1|thinking|reasoner|reasoning))(?:[^a-z0-9]|$)", re.IGNORECASE
)

# Those that are told how much: gpt-oss, o1 to o4, gpt-5.
_LEVELLED = re.compile(r"gpt-oss|(?:^|[^a-z0-9])(?:o[134]|gpt-5)(?:[^a-z0-9]|$)", re.IGNORECASE)

RETHINK = (True, None)
Said = tuple[bool, str | None]


def how_to_switch(model: str) -> str:
    """Whether a model that thinks is told how much ("levels") or whether at all ("switch"), by its name."""
    return "levels" if _LEVELLED.search(model) else "switch"


def presumed_to_think(model: str) -> bool:
    """Whether a model of this name is taken to begin with thinking, until its first answer shows it."""
    return bool(_THINKERS.search(model))


class ThinkingSplitter:
    """Fed with text as it arrives; yields (is thinking, text), and `RETHINK` where all text so far was thinking.

    An opening tag counts at the start of a line outside code fences, so that an answer may speak about such tags. Some
    chat templates write the opening tag themselves: then only the closing one arrives. With `starts_thinking=True` the
    text is presumed to be thinking until then; without, what was already shown as text has to be taken back.
    """

    def __init__(self, *, starts_thinking: bool = False, continues: bool = False) -> None:
        self.closed_only = False
        # Thinking that is only presumed: it was the answer if no closing tag ever comes.
        self._assumed: list[str] | None = [] if starts_thinking else None
        self._thinking = starts_thinking
        self._opened = False
        self._held = ""
        self._trim = not continues  # white space before the first word is held back: a tag may follow
        self._line = ""
        self._fenced = False
        self._unsettled: list[str] = []

    @property
    def never_closed(self) -> bool:
        """It was presumed to start with thinking, but no closing tag has come."""
        return bool(self._assumed)

    def told_apart(self) -> None:
        """The server sends thinking by itself, so that text is text."""
        if self._assumed == []:
            self._assumed, self._thinking = None, False

    def is_plain(self, text: str) -> bool:
        """Whether this can be passed on as answer as it is; it counts as said then."""
        if self._thinking or self._trim or self._held or "<" in text:
            return False
        self._unsettled.append(text)
        if len(self._unsettled) > _UNSETTLED:
            self._settle()
        return True

    def feed(self, text: str) -> Iterator[Said]:
        text = self._held + text
        self._held = ""
        start = 0
        for tag in _TAG.finditer(text):
            counts = self._counts(tag, text[start : tag.start()])
            yield from self._say(text[start : tag.start() if counts else tag.end()])
            if counts:
                yield from self._switch(closing=bool(tag.group(1)))
            start = tag.end()
        rest = text[start:]
        cut = _possible_tag(rest)
        self._held = rest[cut:]
        yield from self._say(rest[:cut])

    def end(self) -> Iterator[Said]:
        """What was held back. An answer presumed to be thinking is given as text after all."""
        yield from self._say(self._held)
        self._held = ""
        if self._assumed:
            yield False, "".join(self._assumed)

    def _counts(self, tag: re.Match[str], before: str) -> bool:
        if self._thinking:
            return bool(tag.group(1))
        self._settle()
        line, fenced = self._place_after(before)
        if fenced:
            return False
        if tag.group(1):  # closing without opening: once, and not when it is quoted
            return not self._opened and not self.closed_only and not line.endswith("`")
        return not line.strip()

    def _switch(self, *, closing: bool) -> Iterator[Said]:
        if closing and not self._thinking:
            self.closed_only = True
            if not self._trim:  # something was said
                yield RETHINK
        if self._assumed is not None and closing:
            self._assumed = None
            self.closed_only = True
        self._opened = self._opened or not closing
        self._thinking = not closing
        self._trim = True

    def _say(self, text: str) -> Iterator[Said]:
        if self._trim:
            text = text.lstrip()
        if not text:
            return
        self._trim = False
        if self._assumed is not None:
            self._assumed.append(text)
        if not self._thinking:
            self._unsettled.append(text)
        yield self._thinking, text

    def _settle(self) -> None:
        self._line, self._fenced = self._place_after("".join(self._unsettled), settle=True)
        self._unsettled.clear()

    def _place_after(self, text: str, *, settle: bool = False) -> tuple[str, bool]:
        """(the line so far, inside a code fence) once `text` is said. Only the head of a line matters, and its end."""
        fenced = self._fenced
        *lines, last = (self._line + text).split("\n")
        for line in lines:
            fenced ^= line.lstrip().startswith(_FENCES)
        if settle and len(last) > 60:
            last = last[:40] + last[-20:]
        return last, fenced if settle else fenced or last.lstrip().startswith(_FENCES)


def _possible_tag(text: str) -> int:
    """Where a tag may have begun whose end has not arrived; the length of the text when there is none."""
    at = text.rfind("<", -_LONGEST_TAG)
    if at >= 0 and any(tag.startswith(text[at:].lower()) for tag in _TAGS):
        return at
    return len(text)
