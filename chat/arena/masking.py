"""Names of models taken out of what the models say, as long as nobody is to know who says it. Pure."""

import re
from collections.abc import Iterable

MASK = "▇▇▇"
_SHORTEST = 3  # letters of a name that tells something
# Words in names of models that say nothing about whose it is.
_COMMON = frozenset(
    (
        "instruct", "chat", "base", "mini", "small", "medium", "large", "turbo", "coder", "code", "vision", "latest",
        "model", "preview", "distill", "tiny", "lab", "server", "local", "host", "ollama", "vllm", "online", "think",
        "thinking", "reasoning", "pro", "max", "plus", "lite", "flash", "math", "embed", "the", "and", "for", "test",
        "toy", "demo",
    )
)  # fmt: skip


def names_of(*said: str) -> list[str]:
    """The whole names, and each telling word in them: `Qwen/qwen2.5:7b` also says `qwen`. Longest first."""
    words = {word for name in said for word in re.findall(r"[^\W\d_]+", name) if len(word) >= _SHORTEST}
    telling = {word for word in words if word.casefold() not in _COMMON}
    return sorted({name for name in said if len(name) >= _SHORTEST} | telling, key=lambda name: (-len(name), name))


def masked(text: str, names: Iterable[str], *, ended: bool = True) -> str:
    """While it is still being written, the last letters wait: a name could be about to stand there."""
    listed = list(names)
    if not listed:
        return text
    if not ended:
        text = text[: max(len(text) - max(map(len, listed)), 0)]
    return re.sub("|".join(map(re.escape, listed)), MASK, text, flags=re.IGNORECASE)


def says(text: str, names: Iterable[str], question: str) -> bool:
    """Whether a name stands in it that does not stand in the question."""
    asked = question.casefold()
    return any(name.casefold() in text.casefold() and name.casefold() not in asked for name in names)
