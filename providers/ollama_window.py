"""How large a context window Ollama is asked to have for a question. Pure.

Every change of the window loads the model anew, so it is chosen in steps, and the one that is loaded is kept while it
suffices. `body` is that of /api/chat or /api/generate.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

STEPS = (4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576)
_USUAL_REPLY = 2048  # tokens
_THOUGHTFUL_REPLY = 4096  # thinking counts as answer
_IMAGE = 1000
_AROUND = 8  # the marks that a template puts around a message
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


def prompt_tokens(body: Mapping[str, Any]) -> int:
    """About how many tokens the prompt has, rather too many: one a Chinese character, one for three letters."""
    messages = body.get("messages")
    parts = [part for part in messages if isinstance(part, dict)] if isinstance(messages, list) else [body]
    return sum(map(_tokens, parts)) + _length(body.get("tools")) // 3


def reply_tokens(body: Mapping[str, Any]) -> int:
    """The room that an answer wants: as much as was asked for, else as answers usually are."""
    options = body.get("options")
    wished = options.get("num_predict") if isinstance(options, dict) else None
    if isinstance(wished, int) and wished > 0:
        return wished
    return _THOUGHTFUL_REPLY if body.get("think") else _USUAL_REPLY


def window_for(needed: int, *, loaded: int = 0, wished: object = None, most: int | None = None) -> int:
    """The window to ask for.

    `loaded` is the window that the model has in memory now (0: none, or unknown), `wished` one that the person set,
    `most` what the model and the administrator allow.
    """
    most = most or STEPS[-1]
    if isinstance(wished, int) and not isinstance(wished, bool) and wished > 0:
        return min(wished, most)
    if needed <= loaded <= most:
        return loaded
    return min(step_for(needed), most)


def step_for(tokens: int) -> int:
    return next((step for step in STEPS if step >= tokens), STEPS[-1])


def _tokens(message: Mapping[str, Any]) -> int:
    texts = [text for name in ("content", "prompt", "suffix", "system") if isinstance(text := message.get(name), str)]
    text = "\n".join(texts)
    wide = len(_WIDE.findall(text)) if not text.isascii() else 0
    images = message.get("images")
    pictures = len(images) if isinstance(images, list) else 0
    return _AROUND + wide + (len(text) - wide + _length(message.get("tool_calls"))) // 3 + _IMAGE * pictures


def _length(document: object) -> int:
    return len(json.dumps(document, default=str)) if document else 0
