"""A toy model server for a first look: SmolLM2 (135M, English) on llama.cpp, run by the supervisor beside the rest.

The administration panel and `make demo` use the same words:

    possible()  whether a supervisor (`manage.py up`) watches this data folder, so that a request will be heard
    request()   asks for it; the supervisor notices within a second and starts `python -m webui.demo`, which installs
                what is missing, serves, and adds a connection that is labelled as a toy (its models are for everyone)
    withdraw()  stops it; the connection stays and can be deleted in the panel
    state()     State(stage, detail): absent | installing | starting | running | failed, `detail` is a sentence

Nothing here waits: a page that asked shows `state()` until it is running or failed.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from webui.conf import conf

Stage = Literal["absent", "installing", "starting", "running", "failed"]


@dataclass(frozen=True, kw_only=True)
class State:
    """How far the toy is, with a sentence for the person who waits."""

    stage: Stage
    detail: str = ""


def possible() -> bool:
    """Whether a supervisor holds the lock of this data folder."""
    try:
        lock = os.open(conf.data / "up.lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def request() -> None:
    if state().stage in ("absent", "failed"):
        tell(State(stage="installing", detail="The toy model server is about to be installed."))
    wish(conf.data).touch()


def withdraw() -> None:
    wish(conf.data).unlink(missing_ok=True)
    tell(State(stage="absent"))


def state() -> State:
    if not possible():  # what was written last is no longer so
        return State(stage="absent")
    try:
        return State(**json.loads((_folder(conf.data) / "state.json").read_text()))
    except (FileNotFoundError, ValueError):
        return State(stage="absent")


def tell(now: State) -> None:
    """Written whole or not at all, since pages read it at any moment."""
    path = _folder(conf.data) / "state.json"
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(asdict(now)))
    draft.replace(path)


def wish(data: Path) -> Path:
    """The file whose existence asks the supervisor for the toy."""
    return _folder(data) / "wanted"


def _folder(data: Path) -> Path:
    folder = data / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
