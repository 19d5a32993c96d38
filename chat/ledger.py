"""The account of one answer: what was sent of what there was, how the server counted it, and how fast it answered.

One lives as long as its answer; `row` is the little that is stored with it. `chat/account.py` tells the whole again.
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chat import truncation
from chat.measured import Measured, measured
from chat.prompt import Prompt, build_prompt
from providers.base import ChatMessage, ProviderError, UsagePiece
from providers.bodies import encoded, without_messages

if TYPE_CHECKING:
    from chat.wishes import Wish
    from knowledge.passages import Passage
    from providers.models import Model

LARGEST_ROW = 1000  # bytes
_TITLE = 40  # characters of a passage that was not sent
_MOST_UNSENT = 8
_LENGTHS = ("max_tokens", "max_completion_tokens")
_GUESSES = 3  # each half as long as the one before
_SHORTEST = 16  # tokens: less is no answer
_STEPS = tuple(4096 * 2**step for step in range(9))
_LARGEST_GUESS = 32_768  # tokens of a model whose largest window nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an answer comes from: the window that is `told`, and whether it is `native` Ollama, whose window is asked
    for with each question, `most` at the most. `wish` is one that a person asked for."""

    host: str = ""
    told: int | None = None
    native: bool = False
    most: int = _LARGEST_GUESS
    wish: int | None = None


class Ledger:
    """Asked of the `model` at this `place`, which need not be the one that a person named: hosts share the load."""

    def __init__(self, place: Place = Place(), known: Measured | None = None, model: "Model | None" = None) -> None:
        self.place, self.model = place, model
        self.ids: Sequence[int] = ()  # of the messages that could be told
        self.is_whole = True  # nothing was said before them
        self.with_tools = False  # what is sent grows with each round, so that no count says anything about our own
        self.prompt: Prompt | None = None
        self.window: int | None = None
        self.usage: UsagePiece | None = None
        self.truncated: dict[str, Any] | None = None
        self._known = known or Measured()
        self._consulted, self._begun, self._tools = False, 0, 0
        self._content: Mapping[str, Any] = {}
        self._asked_at = self._first_at = self._last_at = 0.0
        self._refused = 0

    def pack(
        self,
        messages: Sequence[ChatMessage],
        passages: "Sequence[Passage]",
        *,
        fit: int | None,
        consulted: bool,
        begun: str,
        params: Mapping[str, Any],
        wish: "Wish | None" = None,
        tools: int = 0,
    ) -> Prompt:
        """The prompt as it fits by what is known now. `tools` are tokens that their descriptions take beside it."""
        seen = None if self.place.wish and not self._refused else self._known.window(self.place.told)
        self.window = min(fit, seen or fit) if fit else None
        self._consulted, self._begun, self._tools = consulted, len(begun), tools
        wished = wished_length(params)
        self.prompt = build_prompt(
            messages,
            passages,
            window=self.window and max(self.window - tools, 1),
            consulted=consulted,
            begun=begun,
            scale=self._known.scale,
            wished=wished[1] if wished else None,
            wish=wish,
        )
        return self.prompt

    def learns_from(self, refusal: ProviderError) -> bool:
        """Whether to pack once more, now that the server said how much was too much. Before any answer, and once; only
        a server that does not count is tried with less and less.
        """
        if refusal.code != "context_too_long" or self._first_at or not (self.prompt and self.window):
            return False
        # The window alone, where what we sent should have fit into it, says no more than that our count is too low.
        estimate = self.prompt.estimate + self._tools
        by_guess = not refusal.prompt and (not refusal.window or refusal.window >= estimate)
        if self._refused >= (1 if refusal.prompt else _GUESSES) or (by_guess and not self.prompt.can_shrink):
            return False
        self._refused += 1
        self._known.refused(self.place.told, estimate, refusal.prompt, refusal.window)
        return True

    def affordable(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The parameters with no longer an answer than the window has room for."""
        wished = wished_length(params)
        if (
            wished is None
            or self.window is None
            or self.prompt is None
            or self.window >= self.prompt.estimate + self._tools + wished[1]
        ):
            return params
        return {**params, wished[0]: max(self.window - self.prompt.estimate - self._tools, _SHORTEST)}

    def sent(self, content: Mapping[str, Any]) -> None:
        """Called by the provider with each body; the last one was answered."""
        self._content = content
        if not (self.with_tools and self._first_at):  # the first round counts: text of an earlier one has come
            self._asked_at = time.monotonic()

    def wrote(self) -> None:
        self._last_at = time.monotonic()
        self._first_at = self._first_at or self._last_at

    def counted(self, usage: UsagePiece) -> None:
        """The server's counts: learn from them, or see that it cut the prompt."""
        self.usage = usage
        prompt = self.prompt
        if prompt is None or self.with_tools:
            return
        asked = usage.window or self._asked_window
        windows = [size for size in (asked, self.place.told) if size]
        if self.place.native or not self.place.told:  # who says how much it takes refuses what is more
            windows += truncation.USUAL_WINDOWS
        count = truncation.judged(
            prompt,
            usage.prompt_tokens,
            windows=windows,
            measured=self._known.known,
            counts_cached=not self.place.native,
        )
        if count.verdict == "whole":
            self._known.reported(prompt.size, prompt.estimate, usage.prompt_tokens)
        elif count.verdict == "cut" and count.window:
            can_raise_to = self._larger(asked)
            self.truncated = truncation.alarm(
                prompt, usage.prompt_tokens, measured=self._known.known, can_raise_to=can_raise_to
            )
            if count.window != asked:  # else it did as it was asked
                self._known.saw(count.window, self.place.told)

    @property
    def told_from(self) -> int | None:
        """The oldest message that was told, when there are older ones."""
        left_out = self.prompt.left_out if self.prompt else 0
        return self.ids[left_out] if self.ids and (left_out or not self.is_whole) else None

    def figures(self) -> dict[str, Any]:
        """For people: counts, times and who answered."""
        figures: dict[str, Any] = {}
        if self._first_at and self._asked_at:
            figures["first_token_ms"] = round((self._first_at - self._asked_at) * 1000)
        if speed := self._speed():
            figures["tokens_per_second"] = speed
        return figures | ({"host": self.place.host} if self.place.host else {})

    def row(self) -> dict[str, Any] | None:
        """What is stored: less than a kilobyte, whatever was sent. None when nothing was."""
        prompt = self.prompt
        if prompt is None or not self._content:
            return None
        parts: dict[str, int] = {}
        for piece in prompt.slices:
            parts[piece.kind] = parts.get(piece.kind, 0) + piece.tokens(prompt.scale)
        told = self.ids[prompt.left_out :]
        row = {
            **{"window": self.window, "asked": self._asked_window, "reply": prompt.reply},
            **{"estimate": prompt.estimate + self._tools, "tools": self._tools},
            **{"parts": parts, "first": told[0] if told else None, "told": len(told)},
            **{"tag": prompt.tag, "consulted": self._consulted, "begun": self._begun, "native": self.place.native},
            **{"scale": [round(prompt.scale.narrow, 3), round(prompt.scale.wide, 3)]},
            "sha256": hashlib.sha256(encoded(self._content)).hexdigest(),
            "truncated": self.truncated,
        }
        row = {name: value for name, value in row.items() if value}
        return _within_bounds(row, without_messages(self._content), _unsent(prompt))

    @property
    def _asked_window(self) -> int | None:
        options = self._content.get("options")
        window = options.get("num_ctx") if isinstance(options, Mapping) else None
        return window if isinstance(window, int) else None

    def _larger(self, asked: int | None) -> int | None:
        """The window in which all that was sent would have room, where asking for it is possible and was not done."""
        if not self.place.native or not asked or self.prompt is None:
            return None
        needed = self.prompt.estimate + self.prompt.reply
        window = min(next((step for step in _STEPS if step >= needed), _STEPS[-1]), self.place.most)
        return window if window > asked else None

    def _speed(self) -> float | None:
        usage = self.usage
        if usage is None or usage.completion_tokens < 2:
            return None
        seconds = usage.answer_ms / 1000 if usage.answer_ms else self._last_at - self._first_at
        written = usage.completion_tokens - (0 if usage.answer_ms else 1)
        return round(written / seconds, 1) if seconds > 0.001 else None


def ledger_for(model: "Model", wish: object = None) -> Ledger:
    """A new one for an answer of this model; `wish` is the window that a person asked for."""
    place = place_of(model)
    if place.native and isinstance(wish, int) and not isinstance(wish, bool) and wish > 0:
        wish = min(wish, place.most)
        place = Place(host=place.host, told=place.told, native=True, most=place.most, wish=wish)
    return Ledger(place, measured(model), model)


def place_of(model: "Model") -> Place:
    connection, told = model.connection, model.usable_window
    native = connection.kind == connection.Kind.OLLAMA
    most = told or model.window_cap or _LARGEST_GUESS
    return Place(host=connection.name, told=told, native=native, most=most)


def wished_length(params: Mapping[str, Any]) -> tuple[str, int] | None:
    """The name and value of the longest answer that was asked for, if it was."""
    found = ((name, params.get(name)) for name in _LENGTHS)
    return next(((n, v) for n, v in found if isinstance(v, int) and not isinstance(v, bool) and v > 0), None)


def _unsent(prompt: Prompt) -> list[list[Any]]:
    best = sorted(prompt.unsent, key=lambda passage: -passage.score)[:_MOST_UNSENT]
    return [[(p.document_name or p.title)[:_TITLE], p.page, round(p.score, 2)] for p in best]


def _within_bounds(row: dict[str, Any], body: str, unsent: list[list[Any]]) -> dict[str, Any]:
    """With as much of the rest as there is room for. Without the body, what was sent is told but not proved."""
    left = LARGEST_ROW - len(encoded(row))
    if len(encoded({"": body})) < left:
        row["body"] = body
        left -= len(encoded({"body": body}))
    while unsent and len(encoded({"unsent": unsent})) >= left:
        unsent.pop()
    return {**row, "unsent": unsent} if unsent else row
