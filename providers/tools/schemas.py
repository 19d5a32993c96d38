"""Arguments against the schema of their tool. Nothing is fetched, and no pattern of a server's is run. Pure."""

import json
from collections.abc import Mapping
from typing import Any

LONGEST = 20_000  # characters of arguments
_DEEPEST = 40
# Regular expressions of a stranger can take for ever; references to elsewhere are not followed.
_LEFT_OUT = {"pattern", "patternProperties", "$schema", "$id", "$dynamicRef", "$anchor", "format"}


class BadArguments(Exception):
    """The text is a sentence that tells the model what to mend."""


def checked(arguments: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that a model wrote as JSON, when they fit. Raises `BadArguments`."""
    if len(arguments) > LONGEST:
        raise BadArguments("The arguments are too long.")
    try:
        given = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        raise BadArguments("The arguments are no valid JSON.") from None
    if not isinstance(given, dict):
        raise BadArguments("The arguments have to be one JSON object.")
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError, UnknownType
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        validator = Draft202012Validator(_plain(schema), registry=Registry())
        first = next(iter(validator.iter_errors(given)), None)
    except (SchemaError, UnknownType, Unresolvable, RecursionError, TypeError, ValueError, AttributeError, KeyError):
        raise BadArguments("The schema of this tool cannot be used, so it is not called.") from None
    if first is not None:
        where = ".".join(str(part) for part in first.absolute_path) or "arguments"
        raise BadArguments(f"{where}: {first.message[:300]}")
    if properties := schema.get("properties"):
        unknown = sorted(set(given) - set(properties)) if schema.get("additionalProperties") is None else []
        if unknown:
            raise BadArguments(f"There is no argument {unknown[0][:60]}.")
    return given


def _plain(value: Any, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        raise ValueError("too deep")
    if isinstance(value, Mapping):
        return {
            key: _plain(inner, depth + 1)
            for key, inner in value.items()
            if not (key in _LEFT_OUT and not isinstance(inner, Mapping)) and key != "patternProperties"
        }
    return [_plain(inner, depth + 1) for inner in value] if isinstance(value, list) else value
