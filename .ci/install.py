"""Makes .venv, installs webui into it and builds the pages' assets; quick when nothing has changed.

Run with any Python 3.11 or newer: `python3 .ci/install.py [extra ...]`. Standard library only. uv does the work
because it is some twenty times quicker than pip; where it fails, pip does it. Whatever indexes, folders of wheels and
certificates pip is set up with here are passed on to uv, which does not read pip's configuration. Only files whose hash
stands in constraints.txt are installed (pins.py).
"""

import ast
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pins

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "webui-installed.json"
ASSETS_STAMP = ROOT / "static" / "dist" / "sources.sha256"
OLDEST_NODE = 20
# Compiles what a start loads, and only that: all of the environment would take a minute.
WARM_UP = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "webui.settings"
import django
django.setup()
import celery.bin.worker, celery.concurrency.thread, celery.worker.consumer, daphne.server, kombu.transport.filesystem
import knowledge.tasks, providers.catalog, webui.asgi, webui.celery, webui.urls
"""


def main(extras: set[str]) -> None:
    if sys.version_info < (3, 11):
        sys.exit(
            f"webui needs Python 3.11 or newer, this is {platform.python_version()}. Another: make PYTHON=python3.12"
        )
    if not has_node():
        extras = extras | {"node"}
    install(extras)
    build_assets()


def install(extras: set[str]) -> None:
    """The virtual environment with at least these extras."""
    wanted = digest([ROOT / "pyproject.toml", pins.FILE])
    known = json.loads(STAMP.read_text()) if STAMP.exists() else {"sources": "", "extras": []}
    if known["sources"] == wanted and extras <= set(known["extras"]) and PYTHON.exists():
        return
    extras |= set(known["extras"])
    make_environment()
    target = f"-e{ROOT}[{','.join(sorted(extras))}]"
    say("installing webui and what it needs")
    if not install_with_uv([target, "-c", str(pins.FILE), "--build-constraints", str(pins.FILE)]):
        say("uv could not do it here; pip takes over, which needs some minutes")
        install_with_pip(target)
    run([PYTHON, "-c", WARM_UP], cwd=ROOT)
    STAMP.write_text(json.dumps({"sources": wanted, "extras": sorted(extras)}))


def make_environment() -> None:
    if PYTHON.exists():
        return
    say(f"making {VENV}")
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(
            "This Python cannot make virtual environments (on Debian: apt install python3-venv).\n"
            + made.stdout
            + made.stderr
        )


def install_with_pip(target: str) -> None:
    """What it would install is looked at first: with hashes it installs no project that is being worked on."""
    with tempfile.TemporaryDirectory() as folder:
        releases, report = Path(folder, "releases.txt"), Path(folder, "report.json")
        releases.write_text(pins.without_hashes())
        command = [PYTHON, "-m", "pip", "install", "--quiet", target, "-c", releases]
        env = os.environ | {"PIP_CONSTRAINT": str(releases)}
        run([*command, "--dry-run", "--ignore-installed", "--report", report], env=env)
        if strangers := pins.strangers(json.loads(report.read_text())):
            sys.exit(f"These files are not those that constraints.txt names: {', '.join(strangers)}")
        run(command, env=env)


def install_with_uv(target: list[str]) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "uv.txt")
        wanted.write_text(pins.line_of("uv"))
        got_uv = subprocess.run([PYTHON, "-m", "pip", "install", "-qq", "--require-hashes", "-r", wanted], check=False)
    if got_uv.returncode:
        return False
    command = [PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON, *target]
    env = os.environ | uv_environment(pip_options())
    return any(
        subprocess.run([*command, *way], env=env, check=False).returncode == 0 for way in torch_ways(command, env)
    )


def torch_ways(command: list[str | Path], env: dict[str, str]) -> list[list[str]]:
    """How to ask for torch: as it is where that is small, else without the gigabytes of GPU libraries."""
    trial = subprocess.run(
        [*(part for part in command if part != "--quiet"), "--dry-run"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    is_large = "nvidia-" in trial.stderr + trial.stdout
    return [["--torch-backend=cpu"], []] if is_large else [[]]


def pip_options() -> dict[str, str]:
    """pip's own settings, by name; the environment's win over the files'."""
    listed = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    options: dict[str, str] = {}
    for line in sorted(listed.splitlines(), key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        options[name.rpartition(".")[2]] = str(ast.literal_eval(value))
    return options


def uv_environment(pip: dict[str, str]) -> dict[str, str]:
    """The same settings in uv's words. pip looks at all indexes alike, so uv is told to do that too."""
    given = {
        "UV_FIND_LINKS": ",".join(pip.get("find-links", "").split()),
        "UV_DEFAULT_INDEX": pip.get("index-url", ""),
        "UV_INDEX": pip.get("extra-index-url", ""),
        "SSL_CERT_FILE": os.environ.get("SSL_CERT_FILE") or pip.get("cert", ""),
    }
    environment = {name: " ".join(value.split()) for name, value in given.items() if value}
    return {"UV_INDEX_STRATEGY": "unsafe-best-match"} | environment


def build_assets() -> None:
    """Scripts, styles and message catalogues, when their sources differ from those of the last build."""
    sources = digest(asset_sources())
    if ASSETS_STAMP.exists() and ASSETS_STAMP.read_text() == sources:
        return
    say("building the pages' scripts and styles")
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    run([PYTHON, ROOT / "manage.py", "build_assets"], env=os.environ | {"PATH": path})
    ASSETS_STAMP.parent.mkdir(parents=True, exist_ok=True)
    ASSETS_STAMP.write_text(sources)


def asset_sources() -> list[Path]:
    static = [path for path in (ROOT / "static").glob("*") if path.is_file()]
    nested = [path for path in (ROOT / "static" / "src").rglob("*") if path.is_file()]
    return sorted([*static, *nested, *(ROOT / "webui" / "locale").rglob("*.po")])


def has_node() -> bool:
    """Whether a Node.js that is new enough is on the path."""
    node = shutil.which("node")
    if not node:
        return False
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = version.lstrip("v").partition(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def digest(paths: Iterable[Path]) -> str:
    found = hashlib.sha256()
    for path in paths:
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def run(command: list[str | Path], **options: object) -> None:
    if code := subprocess.run(command, check=False, **options).returncode:  # type: ignore[call-overload]
        sys.exit(code)


def say(what: str) -> None:
    print(f"webui: {what} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(set(sys.argv[1:]))
