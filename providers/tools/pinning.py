"""The mark of what was approved of a tool, and how two descriptions of it differ. Pure."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from providers.tools.base import LARGEST_SCHEMA, LONGEST_DESCRIPTION, ToolSpec

FIELDS = ("title", "description", "schema", "nature", "route")


def pin_of(spec: ToolSpec) -> str:
    """The SHA-256 of all that a server says of a tool."""
    text = json.dumps([spec.name, *(getattr(spec, name) for name in FIELDS)], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def fields_of(spec: ToolSpec) -> dict[str, Any]:
    """As it is stored."""
    return {name: getattr(spec, name) for name in FIELDS}


def bounded(spec: ToolSpec) -> ToolSpec | None:
    """The tool, when it can be used at all: named, described in bounds, with a schema of an object."""
    sound = 0 < len(spec.name) <= 128 and len(spec.title) <= 200 and "\0" not in spec.name
    if not sound or len(spec.description) > LONGEST_DESCRIPTION:
        return None
    try:
        size = len(json.dumps(spec.schema))
    except (TypeError, ValueError, RecursionError):
        return None
    kind = spec.schema.get("type", "object")
    return spec if size <= LARGEST_SCHEMA and kind == "object" else None


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(field, what was approved, what the server says now) of what is another thing."""
    return [
        (name, _text(before.get(name)), _text(after.get(name)))
        for name in FIELDS
        if before.get(name) != after.get(name)
    ]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
