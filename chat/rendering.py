"""Markdown of people and models to HTML that can do nothing: for pages and files that are read without our script.

HTML in the text is shown as text, pictures become links, and only addresses that are safe to follow are links at all
(markdown-it-py, CommonMark with tables). Formulas stay as they were written, in TeX.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
# A dollar before a blank, or behind one, is money.
_BETWEEN_DOLLARS = re.compile(r"\$(?=[^\s$])[^$\n]{0,500}(?<=[^\s\\])\$(?!\d)")
_CLOSING = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}
_LONGEST_FORMULA = 2000


def _formula(state: StateInline, silent: bool) -> bool:
    """Nothing in a formula is Markdown."""
    end = _end_of_formula(state.src, state.pos)
    if not end:
        return False
    if not silent:
        state.push("text", "", 0).content = state.src[state.pos : end]
    state.pos = end
    return True


def _end_of_formula(text: str, start: int) -> int:
    """0 where none begins."""
    if closing := _CLOSING.get(text[start : start + 2]):
        end = text.find(closing, start + 3, start + _LONGEST_FORMULA)
        return end + 2 if end > 0 else 0
    found = _BETWEEN_DOLLARS.match(text, start) if text[start] == "$" else None
    return found.end() if found else 0


_MARKDOWN.inline.ruler.before("escape", "formula", _formula)


def rendered(text: str) -> SafeString:
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        token.children = _without_pictures(token.children) if token.children else token.children
    html: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return mark_safe(html)  # noqa: S308  made of escaped text alone


def _without_pictures(children: Sequence[Token]) -> list[Token]:
    """Nothing is loaded from outside: a picture is a link with its description."""
    kept: list[Token] = []
    for child in children:
        if child.type == "image":
            kept += [
                Token("link_open", "a", 1, attrs={"href": str(child.attrGet("src") or ""), **_AWAY}),
                Token("text", "", 0, content=child.content or "picture"),
                Token("link_close", "a", -1),
            ]
            continue
        if child.type == "link_open":
            child.attrs.update(_AWAY)
        kept.append(child)
    return kept


_AWAY: dict[str, Any] = {"rel": "noopener noreferrer nofollow"}
