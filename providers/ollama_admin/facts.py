"""What an Ollama server tells about itself and its models, read with every tolerance. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# A model whose template is the prompt alone goes on with the text in place of answering.
_BARE = re.compile(r"\s*\{\{-?\s*\.Prompt\s*-?\}\}\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A model on the server's disk."""

    name: str
    size: int = 0
    digest: str = ""
    modified_at: datetime | None = None
    parameters: str = ""
    quantization: str = ""
    family: str = ""
    remote: bool = False  # runs at ollama.com, and only its name is here


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemory:
    """A model that is loaded."""

    name: str
    size: int = 0
    on_gpu: int = 0
    window: int = 0
    until: datetime | None = None

    @property
    def gpu_percent(self) -> int:
        return round(100 * self.on_gpu / self.size) if self.size else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A model by /api/show."""

    template: str = ""
    system: str = ""
    parameters: str = ""
    license: str = ""
    renderer: str = ""
    window: int = 0
    architecture: str = ""
    capabilities: tuple[str, ...] = field(default=())

    @property
    def lacks_template(self) -> bool:
        """Whether it can only continue text. Newer models have a renderer of the server's own instead."""
        if self.renderer or "completion" not in self.capabilities:
            return False
        return not self.template.strip() or _BARE.fullmatch(self.template) is not None


def installed(document: object) -> list[Installed]:
    return [_installed(name, entry) for name, entry in _named(document)]


def in_memory(document: object) -> list[InMemory]:
    return [
        InMemory(
            name=name,
            size=_whole(entry.get("size")),
            on_gpu=_whole(entry.get("size_vram")),
            window=_whole(entry.get("context_length")),
            until=moment(entry.get("expires_at")),
        )
        for name, entry in _named(document)
    ]


def shown(document: object) -> Shown:
    told = document if isinstance(document, dict) else {}
    info = told.get("model_info")
    facts: Mapping[str, Any] = info if isinstance(info, dict) else {}
    capabilities = told.get("capabilities")
    return Shown(
        template=_text(told.get("template")),
        system=_text(told.get("system")),
        parameters=_text(told.get("parameters")),
        license=_text(told.get("license")),
        renderer=_text(told.get("renderer")),
        window=next((_whole(value) for key, value in facts.items() if key.endswith(".context_length")), 0),
        architecture=_text(facts.get("general.architecture")),
        capabilities=tuple(map(str, capabilities)) if isinstance(capabilities, list) else (),
    )


def moment(text: object) -> datetime | None:
    """Go writes nanoseconds, which Python does not read, and the year 1 or a far one for never."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None
    return found if 1970 < found.year < 2200 and found.tzinfo else None


def _installed(name: str, entry: Mapping[str, Any]) -> Installed:
    details = entry.get("details")
    facts: Mapping[str, Any] = details if isinstance(details, dict) else {}
    return Installed(
        name=name,
        size=_whole(entry.get("size")),
        digest=_text(entry.get("digest")),
        modified_at=moment(entry.get("modified_at")),
        parameters=_text(facts.get("parameter_size"))[:40],
        quantization=_text(facts.get("quantization_level"))[:40],
        family=_text(facts.get("family"))[:40],
        remote=bool(entry.get("remote_host") or entry.get("remote_model")),
    )


def _named(document: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    entries = document.get("models") if isinstance(document, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and (name := _text(entry.get("name") or entry.get("model"))):
            yield name[:300], entry


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62 else 0
