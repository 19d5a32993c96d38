"""The list of parts (SBOM) of what is installed here: CycloneDX 1.6, as JSON.

What counts is what webui asks for, and what that asks for in turn, with the extras that are installed; not whatever
else lies in the environment. Each part has its release, licence and a hash over the hashes of its files, as its own
RECORD lists them.
"""

import hashlib
import tomllib
import uuid
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from webui.conf import ROOT

OWN = "webui"


def bill() -> dict[str, Any]:
    """The same for the same parts, whenever it is made: no time, no number that changes."""
    parts = sorted(installed().values(), key=lambda part: canonicalize_name(part.name))
    own = distribution(OWN)
    components = [_component(part) for part in parts if canonicalize_name(part.name) != OWN]
    told = "\n".join(str(component["bom-ref"]) for component in components)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, told)}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": OWN, "name": OWN, "version": own.version}},
        "components": components,
        "dependencies": [{"ref": OWN, "dependsOn": [str(component["bom-ref"]) for component in components]}],
    }


def installed() -> dict[str, Distribution]:
    """By name: everything that webui asks for, and what is below it, as far as it is there."""
    found: dict[str, Distribution] = {}
    waiting = [(canonicalize_name(one.name), frozenset(one.extras)) for one in _asked_for()]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            part = distribution(name)
        except PackageNotFoundError:
            continue  # of another system, or of an extra that is not installed
        found[name] = part
        waiting += [(canonicalize_name(one.name), frozenset(one.extras)) for one in _wanted(part, extras)]
    return found


def _asked_for() -> list[Requirement]:
    """By the project's own file, with all its extras: what was installed from an older one is not asked any more."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    return [one for one in map(Requirement, lines) if one.marker is None or one.marker.evaluate()]


def _wanted(part: Distribution, extras: frozenset[str]) -> Iterator[Requirement]:
    for line in part.requires or ():
        one = Requirement(line)
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield one


def _component(part: Distribution) -> dict[str, Any]:
    name = canonicalize_name(part.name)
    reference = f"pkg:pypi/{name}@{part.version}"
    told: dict[str, Any] = {
        "type": "library", "bom-ref": reference, "name": name, "version": part.version, "purl": reference,
    }  # fmt: skip
    if licence := _licence(part):
        told["licenses"] = [{"license": {"name": licence}}]
    if files := part.files:
        lines = sorted(f"{file} {file.hash.value}" for file in files if file.hash)
        told["hashes"] = [{"alg": "SHA-256", "content": hashlib.sha256("\n".join(lines).encode()).hexdigest()}]
    return told


def _licence(part: Distribution) -> str:
    """As it says of itself: an expression, a line, or a classifier."""
    told = part.metadata
    if "License-Expression" in told:
        return str(told["License-Expression"])
    marks = [mark.rpartition(" :: ")[2] for mark in told.get_all("Classifier") or [] if mark.startswith("License ::")]
    if marks:
        return ", ".join(marks)
    lines = str(told["License"] or "").splitlines() if "License" in told else []
    return lines[0][:80] if lines else ""
