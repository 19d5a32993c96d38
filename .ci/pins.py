"""What may be installed: constraints.txt names every package with its release and the SHA-256 of all its files.

`python .ci/pins.py`, or `make pins`, writes it anew with the newest releases that pyproject.toml allows. uv checks the
hashes by itself; pip does so for no project that is being worked on, so its report is looked at before it installs.
torch has a release and no hash: machines without a GPU take builds of it that are not the registry's.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "constraints.txt"
TORCH = "torch==2.13.0"
# What installs, and what builds our own package, beside what pyproject.toml asks for.
TOOLS = "uv>=0.9,<1\nsetuptools>=77\n"
# They come with torch, and only with the builds of it that want a GPU.
WITH_TORCH = re.compile(r"torch$|triton$|nvidia-|cuda-")
HEAD = f"""\
# Written by `make pins`: every package with its release and the SHA-256 of all its files, for CPython 3.11 to 3.13.
# One torch release for everyone: where a machine offers a CPU-only build of it, pip prefers that one.
{TORCH}
"""


def pinned() -> dict[str, tuple[str, frozenset[str]]]:
    """{package: (release, hashes)}."""
    found = {}
    for line in FILE.read_text().splitlines():
        if match := re.match(r"([a-z0-9-]+)==(\S+)", line):
            found[match[1]] = match[2], frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})(?!\S)", line))
    return found


def line_of(name: str) -> str:
    return next(line for line in FILE.read_text().splitlines() if line.startswith(f"{name}=="))


def without_hashes() -> str:
    """The releases alone: with hashes pip would refuse to install a project that is being worked on."""
    return "".join(f"{name}=={release}\n" for name, (release, _hashes) in pinned().items())


def strangers(report: Mapping[str, Any]) -> list[str]:
    """The files of pip's report (`pip install --report`) that constraints.txt does not name."""
    known, found = pinned(), []
    for one in report["install"]:
        name = re.sub(r"[-_.]+", "-", one["metadata"]["name"]).lower()
        if WITH_TORCH.match(name) or "dir_info" in one["download_info"]:
            continue
        archive = one["download_info"].get("archive_info", {})
        told = archive.get("hashes", {}).get("sha256") or str(archive.get("hash", "")).removeprefix("sha256=")
        if told not in known.get(name, ("", frozenset()))[1]:
            found.append(f"{name} {one['metadata']['version']}")
    return found


def write(*more: str) -> None:
    """With what the registry has; folders of wheels and indexes of this machine have only some of the files."""
    tools = f"{TOOLS}{TORCH}\n"
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--generate-hashes",
        "--no-header",
    ]
    command += ["--no-annotate", "--no-emit-index-url", "--all-extras", *more, str(ROOT / "pyproject.toml"), "-"]
    env = {name: value for name, value in os.environ.items() if name not in ("UV_INDEX", "UV_FIND_LINKS")}
    done = subprocess.run(command, cwd=ROOT, env=env, input=tools, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    lines = {}
    for line in done.stdout.replace("\\\n", " ").splitlines():
        match = re.match(r"([a-z0-9-]+)==([^\s;]+)", line)
        if match and not WITH_TORCH.match(match[1]):
            hashes = " ".join(sorted(set(re.findall(r"--hash=sha256:[0-9a-f]{64}", line))))
            lines[match[1]] = f"{match[1]}=={match[2]} {hashes}\n"
    FILE.write_text(HEAD + "".join(lines[name] for name in sorted(lines)))


if __name__ == "__main__":
    write(*sys.argv[1:])
