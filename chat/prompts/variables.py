"""The variables in a prompt: `{{topic}}`, `{{tone|select:formal,warm=warm}}`, and those that fill themselves. Pure.

`{{name|type:options=default}}`, where all but the name may be left out. Types: text, long, number, date, select.
`\\{{` stands for the braces themselves; braces around anything that is no variable are text as well.
Raises `VariableError` with a sentence for whoever wrote the prompt.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

TYPES = {"text": "text", "long": "long", "textarea": "long", "number": "number", "date": "date", "select": "select"}
# Names that people know from elsewhere lead to the same.
BUILT_IN = {
    **{name: name for name in ("today", "now", "user", "clipboard", "selection")},
    "current_date": "today",
    "current_time": "now",
    "user_name": "user",
}
TODAY = "today"
MOST_VARIABLES = 20
MOST_OPTIONS = 50
_NAME = r"[^\W\d_][\w -]{0,39}"
_SLOT = re.compile(r"\\\{\{|\{\{\s*(?P<name>" + _NAME + r")(?:\|(?P<rest>[^{}\n]{0,2000}))?\}\}")
_REST = re.compile(r"\s*(?P<type>\w+)\s*(?::(?P<options>[^=]*))?(?:=(?P<default>.*))?", re.DOTALL)


class VariableError(ValueError):
    """A variable that nobody could fill in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What is asked before the text goes into the box."""

    name: str
    type: str = "text"
    options: tuple[str, ...] = ()
    default: str = ""

    def to_wire(self) -> dict[str, Any]:
        return {"name": self.name, "type": self.type, "options": list(self.options), "default": self.default}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A prompt in pieces: texts as they are, `{"name": …}` for a variable, `{"fills": …}` for what fills itself."""

    pieces: tuple[str | dict[str, str], ...]
    variables: tuple[Variable, ...]


def parsed(text: str) -> Parsed:
    """The pieces of a prompt in their order, and its variables, each once, in the order in which they first come."""
    pieces: list[str | dict[str, str]] = []
    known: dict[str, Variable] = {}
    for piece in _pieces(text):
        if isinstance(piece, str):
            pieces.append(piece)
            continue
        name, rest = piece
        fills = BUILT_IN.get(name.lower())
        if fills and not rest:
            pieces.append({"fills": fills})
            continue
        pieces.append({"name": name})
        known[name] = _joined(known.get(name), name, rest)
    if len(known) > MOST_VARIABLES:
        raise VariableError(_("A prompt has at most %(n)s variables.") % {"n": MOST_VARIABLES})
    return Parsed(pieces=tuple(pieces), variables=tuple(known.values()))


def _pieces(text: str) -> Iterator[str | tuple[str, str]]:
    at, said = 0, ""
    for match in _SLOT.finditer(text):
        said += text[at : match.start()]
        at = match.end()
        if match["name"] is None:
            said += "{{"
            continue
        if said:
            yield said
            said = ""
        yield match["name"].strip(), (match["rest"] or "").strip()
    if said + text[at:]:
        yield said + text[at:]


def _joined(before: Variable | None, name: str, rest: str) -> Variable:
    """A variable that comes again needs no type; one that comes with another type is a mistake."""
    if before and not rest:
        return before
    variable = _variable(name, rest)
    if before and before != variable and before != Variable(name=name):
        raise VariableError(_("“%(name)s” is there twice and not the same: write its type only once.") % {"name": name})
    return variable


def _variable(name: str, rest: str) -> Variable:
    match = _REST.fullmatch(rest or "text")
    kind = TYPES.get(match["type"].lower()) if match else None
    if match is None or kind is None:
        raise VariableError(
            _("“%(name)s” has a type that is not known. There are text, long, number, date and select.")
            % {"name": name}
        )
    options = tuple(dict.fromkeys(filter(None, map(str.strip, re.split(r"[,，、]", match["options"] or "")))))
    default = (match["default"] or "").strip()
    _check(name, kind, options, default)
    return Variable(name=name, type=kind, options=options, default=default)


def _check(name: str, kind: str, options: tuple[str, ...], default: str) -> None:
    said = {"name": name, "default": default}
    if kind == "select" and not 2 <= len(options) <= MOST_OPTIONS:
        raise VariableError(_("“%(name)s” needs at least two choices: {{%(name)s|select:one,two}}.") % said)
    if kind != "select" and options:
        raise VariableError(_("“%(name)s” has choices but is no select: {{%(name)s|select:one,two}}.") % said)
    wrong = (
        (kind == "select" and default and default not in options)
        or (kind == "number" and default and not re.fullmatch(r"-?\d+(\.\d+)?", default))
        or (kind == "date" and default and not _is_date(default))
    )
    if wrong:
        raise VariableError(_("“%(default)s” cannot be the default of “%(name)s”.") % said)


def _is_date(text: str) -> bool:
    try:
        return text == TODAY or bool(date.fromisoformat(text))
    except ValueError:
        return False
