"""An empty database with all tables, made once and copied: to make the tables takes ten seconds of processor time."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".cache" / "fresh"
OTHERS = ("django", "django-allauth")  # their steps come with the package


def put_database(target: Path) -> None:
    """What `manage.py migrate` would leave in a place where nothing was."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_template(), target)


@cache
def _template() -> Path:
    return kept(".sqlite3", _make_database)


def kept(ending: str, make: Callable[[Path], None]) -> Path:
    """What `make` puts at the path that it is given, with the tables of today; made by the first who asks."""
    target = KEPT / f"{_state()}{ending}"
    KEPT.mkdir(parents=True, exist_ok=True)
    # Several runs may begin side by side: one of them makes it.
    with (KEPT / f"lock{ending}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            for old in KEPT.glob(f"*{ending}"):
                if old.name != f"lock{ending}":
                    shutil.rmtree(old) if old.is_dir() else old.unlink()
            with tempfile.TemporaryDirectory(dir=KEPT) as folder:
                made = Path(folder) / "made"
                make(made)
                made.replace(target)
    return target


def _make_database(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        migrate(WEBUI_DATA=folder)
        shutil.move(Path(folder) / "webui.sqlite3", target)


def migrate(**environment: str) -> None:
    """The tables, in the database that these settings name."""
    others = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment = others | {"DJANGO_SETTINGS_MODULE": "webui.settings"} | environment
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True)


def _state() -> str:
    """Another one whenever a step of the database changes."""
    told = hashlib.sha256("".join(f"{name} {version(name)}" for name in OTHERS).encode())
    for app in ("chat", "knowledge", "providers", "webui"):
        for path in sorted((ROOT / app).glob("**/migrations/*.py")):
            told.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return told.hexdigest()[:16]
