"""Which models lie in a folder: Whisper's as folders with a model.bin, Piper's voices as .onnx with a .onnx.json."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

_CHINESE = re.compile(r"[㐀-鿿]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """`language` as in ISO 639-1, "" where its file does not say."""

    name: str
    path: Path
    language: str


def ears(folder: Path) -> dict[str, Path]:
    """Whisper models by name, the first in the alphabet first."""
    return {path.parent.name: path.parent for path in sorted(folder.glob("*/model.bin"))}


def voices(folder: Path) -> dict[str, Voice]:
    found = {}
    for path in sorted(folder.glob("*.onnx")):
        facts = _facts(path.with_name(f"{path.name}.json"))
        if facts is not None:
            found[path.stem] = Voice(name=path.stem, path=path, language=_language(path.stem, facts))
    return found


def voice_for(text: str, wanted: str, known: dict[str, Voice]) -> Voice | None:
    """The one that was named, unless it cannot read this writing and another one can; None where none can."""
    chinese = bool(_CHINESE.search(text))
    order = sorted(known.values(), key=lambda voice: voice.name != wanted)
    return next((voice for voice in order if (voice.language == "zh") == chinese), None)


def _facts(path: Path) -> dict[str, object] | None:
    try:
        facts = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) else None


def _language(name: str, facts: dict[str, object]) -> str:
    match facts:
        case {"language": {"family": str(family)}}:
            return "zh" if family in ("zh", "cmn") else family
    found = re.match(r"([a-z]{2,3})_[A-Z]{2}-", name)
    return found.group(1) if found else ""
