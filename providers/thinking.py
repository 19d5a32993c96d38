"""Tells a model's thinking from its answer when it marks the thinking with tags in the text. Pure."""

import re
from collections.abc import Iterator

_TAG = re.compile(r"<(/?)(?:think|thinking|reason)>", re.IGNORECASE)
_TAGS = [f"<{slash}{name}>" for slash in ("", "/") for name in ("think", "thinking", "reason")]
_LONGEST_TAG = max(map(len, _TAGS))
_FENCES = ("```", "~~~")


class ThinkingSplitter:
    """Fed with text as it arrives; yields (is thinking, text).

    An opening tag counts at the start of a line outside code fences, so that an answer may speak about such tags. Some
    chat templates write the opening tag themselves: then only the closing one arrives, after text that was already
    shown; `closed_only` remembers that, and `starts_thinking=True` treats the next answer of that model rightly.
    """

    def __init__(self, *, starts_thinking: bool = False) -> None:
        self.closed_only = False
        # Thinking that is only presumed: it was the answer if no closing tag ever comes.
        self._assumed: list[str] | None = [] if starts_thinking else None
        self._thinking = starts_thinking
        self._opened = False
        self._held = ""
        self._trim = True  # white space before the first word is held back: a tag may follow
        self._line = ""
        self._fenced = False

    @property
    def never_closed(self) -> bool:
        """It was presumed to start with thinking, but no closing tag has come."""
        return self._assumed is not None

    def feed(self, text: str) -> Iterator[tuple[bool, str]]:
        text = self._held + text
        self._held = ""
        start = 0
        for tag in _TAG.finditer(text):
            counts = self._counts(tag, text[start : tag.start()])
            yield from self._say(text[start : tag.start() if counts else tag.end()])
            if counts:
                self._switch(closing=bool(tag.group(1)))
            start = tag.end()
        rest = text[start:]
        cut = _possible_tag(rest)
        self._held = rest[cut:]
        yield from self._say(rest[:cut])

    def end(self) -> Iterator[tuple[bool, str]]:
        """What was held back. An answer presumed to be thinking is given as text after all."""
        yield from self._say(self._held)
        self._held = ""
        if self._assumed:
            yield False, "".join(self._assumed)

    def _counts(self, tag: re.Match[str], before: str) -> bool:
        if self._thinking:
            return bool(tag.group(1))
        line, fenced = self._place_after(before)
        if fenced:
            return False
        if tag.group(1):  # closing without opening: once, and not when it is quoted
            return not self._opened and not self.closed_only and not line.endswith("`")
        return not line.strip()

    def _switch(self, *, closing: bool) -> None:
        if closing and not self._thinking:
            self.closed_only = True
        if self._assumed is not None and closing:
            self._assumed = None
            self.closed_only = True
        self._opened = self._opened or not closing
        self._thinking = not closing
        self._trim = True

    def _say(self, text: str) -> Iterator[tuple[bool, str]]:
        if self._trim:
            text = text.lstrip()
        if not text:
            return
        self._trim = False
        if self._assumed is not None:
            self._assumed.append(text)
        if not self._thinking:
            self._line, self._fenced = self._place_after(text, settle=True)
        yield self._thinking, text

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
