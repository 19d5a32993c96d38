"""An OpenAPI 3 description read as tools: one for each operation, with one flat object of arguments. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from providers.tools.base import MOST_TOOLS, ToolSpec

METHODS = ("get", "post", "put", "patch", "delete")
_NATURES = {"get": "reads", "post": "writes"}
_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_DEEPEST = 12  # references within references


class BadDocument(Exception):
    """It is no description of an API."""


def tools_in(document: Mapping[str, Any]) -> list[ToolSpec]:
    """What may be called. An operation that cannot be told as one object of JSON is left out. Raises `BadDocument`."""
    paths = document.get("paths")
    if not str(document.get("openapi", "")).startswith("3.") or not isinstance(paths, Mapping):
        raise BadDocument
    found: list[ToolSpec] = []
    for path, methods in paths.items():
        if not isinstance(methods, Mapping) or not str(path).startswith("/"):
            continue
        for method in METHODS:
            operation = methods.get(method)
            if isinstance(operation, Mapping) and (spec := _tool(document, str(path), method, methods, operation)):
                found.append(spec)
            if len(found) == MOST_TOOLS:
                return found
    return found


def server_of(document: Mapping[str, Any], address: str) -> str:
    """Where the calls go: the first server it names, when that is on the host that the description came from."""
    servers = document.get("servers")
    first = servers[0].get("url") if isinstance(servers, list) and servers and isinstance(servers[0], Mapping) else ""
    return urljoin(address, str(first or "/"))


def _tool(
    document: Mapping[str, Any], path: str, method: str, methods: Mapping[str, Any], operation: Mapping[str, Any]
) -> ToolSpec | None:
    properties: dict[str, Any] = {}
    required: list[str] = []
    places: dict[str, str] = {}
    for given in [*_list(methods.get("parameters")), *_list(operation.get("parameters"))]:
        parameter = _resolved(document, given)
        name, place = str(parameter.get("name", "")), str(parameter.get("in", ""))
        if place not in ("path", "query") or not name:
            if parameter.get("required"):
                return None  # a header or a cookie that no model is to write
            continue
        schema = _whole(document, parameter.get("schema") or {"type": "string"})
        properties[name] = {**schema, **_words(parameter)}
        places[name] = place
        if parameter.get("required") or place == "path":
            required.append(name)
    body = _body(document, operation)
    if body is None:
        return None
    for name, schema in body.get("properties", {}).items():
        if name in places:
            return None
        properties[name], places[name] = schema, "body"
    required += [name for name in body.get("required", []) if name in properties]
    schema = {"type": "object", "properties": properties, "required": sorted(set(required))}
    name = _NAME.sub("_", str(operation.get("operationId") or f"{method}{path}")).strip("_")[:64]
    words = str(operation.get("description") or operation.get("summary") or "")[:4000]
    return ToolSpec(
        name=name,
        title=str(operation.get("summary") or "")[:200],
        description=words,
        schema={**schema, "additionalProperties": False},
        nature=_NATURES.get(method, "destroys"),
        route={"method": method.upper(), "path": path, "places": places},
    )


def _body(document: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema of a body of JSON; {} without one, None when it is something that cannot be said as arguments."""
    body = _resolved(document, operation.get("requestBody") or {})
    if not body:
        return {}
    content = body.get("content")
    media = content.get("application/json") if isinstance(content, Mapping) else None
    if not isinstance(media, Mapping):
        return {} if not body.get("required") else None
    schema = _whole(document, media.get("schema") or {})
    if schema.get("type", "object") != "object" or not isinstance(schema.get("properties", {}), Mapping):
        return None
    return schema


def _words(parameter: Mapping[str, Any]) -> dict[str, str]:
    return {"description": str(parameter["description"])[:1000]} if parameter.get("description") else {}


def _whole(document: Mapping[str, Any], schema: Any, depth: int = 0) -> dict[str, Any]:
    """The schema without references: they stand in the description alone. Too deep becomes anything."""
    if depth > _DEEPEST:
        return {}
    found: dict[str, Any] = _without(document, _resolved(document, schema), depth)
    return found


def _without(document: Mapping[str, Any], value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        if "$ref" in value:
            return _whole(document, value, depth + 1)
        return {str(key): _without(document, inner, depth + 1) for key, inner in value.items()} if depth < 40 else {}
    return [_without(document, inner, depth + 1) for inner in value] if isinstance(value, list) else value


def _resolved(document: Mapping[str, Any], value: Any) -> Mapping[str, Any]:
    """What a reference within this description points at; a reference to elsewhere is nothing."""
    for _hop in range(_DEEPEST):
        if not isinstance(value, Mapping):
            return {}
        ref = value.get("$ref")
        if not isinstance(ref, str):
            return value
        value = _at(document, ref)
    return {}


def _at(document: Mapping[str, Any], ref: str) -> Any:
    if not ref.startswith("#/"):
        return {}
    place: Any = document
    for step in _steps(ref):
        place = place.get(step) if isinstance(place, Mapping) else None
    return place


def _steps(ref: str) -> Iterator[str]:
    return (part.replace("~1", "/").replace("~0", "~") for part in ref[2:].split("/"))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
