"""Reads a Modelfile, which the API takes no more, into the body of /api/create. Pure. Raises `BadModelfile`."""

import re
from collections.abc import Iterator
from typing import Any

NUMBERS = {"temperature", "top_p", "min_p", "typical_p", "repeat_penalty", "presence_penalty", "frequency_penalty"}
WHOLE = {"num_ctx", "num_predict", "num_keep", "num_batch", "num_gpu", "num_thread", "top_k", "seed", "repeat_last_n"}
_INSTRUCTION = re.compile(r"([A-Za-z]+)[ \t]+(.*)", re.DOTALL)
_BYTES = re.compile(r"sha256:[0-9a-f]{64}")


class BadModelfile(Exception):
    """`code` is one of: line, parameter, role, path; `said` is the part that cannot be used."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(code)
        self.code = code
        self.said = said[:100]


def body_of(text: str) -> dict[str, Any]:
    """`from`, `template`, `system`, `license`, `parameters`, `messages` as far as they are given."""
    body: dict[str, Any] = {}
    for name, value in _instructions(text):
        match name:
            case "FROM":
                body["from"] = _no_path(value)
            case "ADAPTER":
                raise BadModelfile("path", value)
            case "TEMPLATE" | "SYSTEM" | "LICENSE" | "RENDERER" | "PARSER" | "REQUIRES":
                body[name.lower()] = value
            case "PARAMETER":
                _add_parameter(body.setdefault("parameters", {}), value)
            case "MESSAGE":
                role, _space, content = value.partition(" ")
                if role not in ("system", "user", "assistant"):
                    raise BadModelfile("role", value)
                body.setdefault("messages", []).append({"role": role, "content": _unquoted(content.strip())})
            case _:
                raise BadModelfile("line", f"{name} {value}")
    return body


def parameters_of(text: str) -> dict[str, Any]:
    """Of lines such as `temperature 0.7`, with or without PARAMETER before; `stop` may come several times."""
    found: dict[str, Any] = {}
    for written in text.splitlines():
        line = re.sub(r"^PARAMETER\s+", "", written.strip(), flags=re.IGNORECASE)
        if line and not line.startswith("#"):
            _add_parameter(found, line)
    return found


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    lines = iter(text.replace("\r\n", "\n").split("\n"))
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _INSTRUCTION.fullmatch(line.strip())
        if not found:
            raise BadModelfile("line", line.strip())
        name, value = found[1].upper(), found[2].strip()
        head, marks, rest = value.partition('"""')
        if marks and head.strip().lower() in ("", "user", "assistant", "system"):
            value = head + _until_marks(rest, lines)
        elif name != "MESSAGE":
            value = value if name == "PARAMETER" else _unquoted(value)
        yield name, value


def _until_marks(rest: str, lines: Iterator[str]) -> str:
    """The text between triple quotes, over as many lines as it takes."""
    parts = [rest]
    while '"""' not in parts[-1]:
        try:
            parts.append(next(lines))
        except StopIteration:
            raise BadModelfile("line", '"""') from None
    return "\n".join(parts).partition('"""')[0]


def _add_parameter(found: dict[str, Any], line: str) -> None:
    name, _space, value = line.partition(" ")
    name, value = name.lower(), _unquoted(value.strip())
    try:
        if name == "stop" and value:
            found.setdefault("stop", []).append(value)
        elif name in WHOLE:
            found[name] = int(value)
        elif name in NUMBERS:
            found[name] = float(value)
        else:
            raise BadModelfile("parameter", line)
    except ValueError:
        raise BadModelfile("parameter", line) from None


def _no_path(value: str) -> str:
    """Files are on the writer's machine, where nobody can read them: they are uploaded."""
    if value.startswith((".", "/", "~")) or value.endswith((".gguf", ".safetensors")) or _BYTES.fullmatch(value):
        raise BadModelfile("path", value)
    return value


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
