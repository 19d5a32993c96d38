"""A file on trial: read whole, counted, and laid down as chats that only need to be stored; then stored bit by bit.

Each person has a folder below settings.FILE_ROOT/imports; a trial is two files in it: its counts, and its chats, one a
line. They are gone after a day, or with the third trial after. Raises `BadFile` with a sentence.
"""

import contextlib
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import BaseModel, Field

from chat.importing import files, products, storing
from chat.importing.shapes import BadFile, Chat, Unreadable
from providers import tidying

if TYPE_CHECKING:
    from webui.accounts.models import User

MOST_CHATS = 20_000
MOST_TOLD = 10  # chats that cannot be read, with the reason
MOST_TRIALS = 3
_DAY = 86_400.0


class Trial(BaseModel):
    """What a file has, and how far it is taken in. `left` stays behind; `at` is a place in the file of chats."""

    name: str
    products: dict[str, int] = Field(default_factory=dict)
    chats: int = 0
    messages: int = 0
    branches: int = 0
    left: dict[str, int] = Field(default_factory=dict)
    here: int = 0
    empty: int = 0
    unreadable: int = 0
    told: list[tuple[str, str]] = Field(default_factory=list)
    size: int = 0
    at: int = 0
    looked_at: int = 0
    added: int = 0

    @property
    def fresh(self) -> int:
        return self.chats - self.here

    @property
    def is_done(self) -> bool:
        return self.at >= self.size


def prepare(user: "User", name: str, source: Path) -> uuid.UUID:
    """Read a file and lay its chats down (126 MB, 5,000 chats: 12 CPU-seconds); nothing is stored in the database."""
    new, folder = uuid.uuid4(), _folder(user)
    folder.mkdir(parents=True, exist_ok=True)
    _make_room(folder)
    trial, keys = Trial(name=name), set[tuple[str, str]]()
    lines = folder / f"{new}.chats"
    try:
        with lines.open("wb") as out:
            for chat in _chats(source, trial):
                if (chat.product, chat.key) in keys:
                    continue
                keys.add((chat.product, chat.key))
                if len(keys) > MOST_CHATS:
                    raise BadFile(_("This file has more than 20,000 chats. Export fewer at once."))
                _count(trial, chat)
                trial.size += out.write(chat.model_dump_json().encode() + b"\n")
    except BadFile:
        lines.unlink()
        raise
    if not trial.chats and not trial.unreadable:
        lines.unlink()
        known = ", ".join(products.labels())
        raise BadFile(
            _("There are no chats in this file. Files of these products are read: %(known)s.") % {"known": known}
        )
    trial.here = len(storing.here_already(user, keys))
    _save(folder, new, trial)
    return new


def trial_of(user: "User", wanted: uuid.UUID) -> Trial | None:
    try:
        return Trial.model_validate_json((_folder(user) / f"{wanted}.json").read_bytes())
    except OSError:
        return None


def take_in(user: "User", wanted: uuid.UUID, seconds: float) -> Trial | None:
    """Store chats for about so long; None when there is no such trial. Each is stored whole or not at all."""
    trial, folder = trial_of(user, wanted), _folder(user)
    if trial is None or trial.is_done:
        return trial
    until = time.monotonic() + seconds
    with (folder / f"{wanted}.chats").open("rb") as lines:
        lines.seek(trial.at)
        try:
            while time.monotonic() < until and (line := lines.readline()):
                trial.added += storing.store(user, Chat.model_validate_json(line)) is not None
                trial.at += len(line)
                trial.looked_at += 1
        finally:
            _save(folder, wanted, trial)
    if trial.is_done:
        (folder / f"{wanted}.chats").unlink(missing_ok=True)
    return trial


def sweep() -> None:
    """Trials that nobody took up for a day."""
    for folder in (Path(settings.FILE_ROOT) / "imports").glob("*"):
        for file in folder.glob("*"):
            with contextlib.suppress(OSError):
                if file.stat().st_mtime < time.time() - _DAY:
                    file.unlink()


tidying.JOBS.append(sweep)


def _chats(source: Path, trial: Trial) -> Iterator[Chat]:
    for thing in files.objects(source):
        product = products.product_of(thing)
        if product is None or not isinstance(thing, dict):
            continue
        try:
            for chat in product.chats(thing):
                if isinstance(chat, Unreadable):
                    _tell(trial, "", str(chat))
                elif chat.said:
                    yield chat
                else:
                    trial.empty += 1
        except Unreadable as reason:
            _tell(trial, str(thing.get("title") or thing.get("name") or "")[:80], str(reason))


def _tell(trial: Trial, title: str, reason: str) -> None:
    trial.unreadable += 1
    if len(trial.told) < MOST_TOLD:
        trial.told.append((title, reason))


def _count(trial: Trial, chat: Chat) -> None:
    trial.chats += 1
    trial.messages += len(chat.said)
    trial.branches += chat.branches - 1
    trial.products[chat.product] = trial.products.get(chat.product, 0) + 1
    trial.left = dict(Counter(trial.left) + Counter(chat.left))


def _folder(user: "User") -> Path:
    return Path(settings.FILE_ROOT) / "imports" / str(user.pk)


def _save(folder: Path, name: uuid.UUID, trial: Trial) -> None:
    half = folder / f"{name}.half"
    half.write_text(trial.model_dump_json(), encoding="utf-8")
    half.replace(folder / f"{name}.json")


def _make_room(folder: Path) -> None:
    trials = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in trials[MOST_TRIALS - 1 :]:
        for file in folder.glob(f"{old.stem}.*"):
            file.unlink(missing_ok=True)
