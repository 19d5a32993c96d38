"""Weights on their way from a browser to an Ollama server: written to disk piece by piece, checked, then passed on.

Each job has a folder of its own, a file for each of its files. Raises `UploadRefused`.
"""

import hashlib
import os
import re
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from django.utils import timezone
from django.utils.translation import gettext as _

from providers.models import OllamaJob
from webui.conf import conf

MAGIC = b"GGUF"
PIECE = 16 * 1024 * 1024  # the most that one request carries
_READ = 1024 * 1024
_SPARE = 1024**3  # of the disk, for everybody else
_GIGABYTE = 1024**3
_KEPT = timedelta(hours=24)


class Source(Protocol):
    """The body of a request."""

    def read(self, size: int = -1, /) -> bytes: ...


class UploadRefused(Exception):
    """This cannot be taken in. `status` is what HTTP calls it, `have` how much of the file is here."""

    def __init__(self, sentence: str, status: int, have: int = 0) -> None:
        super().__init__(sentence)
        self.status = status
        self.have = have


def check_room(size: int) -> None:
    """Before anything is sent: may files of so many bytes be uploaded at all?"""
    if size > conf.max_model_gb * _GIGABYTE:
        raise UploadRefused(
            _("These files are larger than the %(limit)s GB that are allowed here.") % {"limit": conf.max_model_gb}, 413
        )
    if size + _SPARE > shutil.disk_usage(_existing(_root())).free:
        raise UploadRefused(_("There is not enough room for these files on the disk of this chat server."), 507)


def path_of(job: OllamaJob, number: int) -> Path:
    return _root() / str(job.pk) / str(number)


def take(job: OllamaJob, number: int, offset: int, source: Source) -> int:
    """Append a piece; how much is here then. A piece that does not begin where the file ends is refused."""
    announced = int(job.recipe["uploads"][number]["size"])
    path = path_of(job, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as target:
        if (have := target.tell()) != offset:
            raise UploadRefused(_("A piece of the file is missing."), 409, have)
        left = min(PIECE, announced - have)
        while piece := source.read(_READ):
            if len(piece) > left:
                target.truncate(have)
                raise UploadRefused(_("More was sent than was announced."), 413, have)
            if not target.tell() and not piece.startswith(MAGIC):
                raise UploadRefused(_("This is no GGUF file. Ollama can use nothing else."), 415)
            left -= len(piece)
            target.write(piece)
        return target.tell()


def is_whole(job: OllamaJob) -> bool:
    files = job.recipe.get("uploads", ())
    return all(_size(path_of(job, number)) == int(file["size"]) for number, file in enumerate(files))


def digest_of(path: Path) -> str:
    with path.open("rb") as source:
        return f"sha256:{hashlib.file_digest(source, 'sha256').hexdigest()}"


def remove(job: OllamaJob) -> None:
    shutil.rmtree(_root() / str(job.pk), ignore_errors=True)


def sweep() -> None:
    """Remove the files of jobs that are over, and of uploads that nobody goes on with."""
    if not _root().is_dir():
        return
    living = [OllamaJob.State.QUEUED, OllamaJob.State.RUNNING]
    kept = set(OllamaJob.objects.filter(state__in=living).values_list("pk", flat=True))
    # A failed one may be tried again, an upload be gone on with; not for ever.
    waiting = [OllamaJob.State.UPLOADING, OllamaJob.State.FAILED, OllamaJob.State.INTERRUPTED]
    young = OllamaJob.objects.filter(state__in=waiting, created_at__gt=timezone.now() - _KEPT)
    names = {str(pk) for pk in kept | set(young.values_list("pk", flat=True))}
    for folder in _root().iterdir():
        if folder.name not in names and re.fullmatch(r"[0-9a-f-]{36}", folder.name):
            shutil.rmtree(folder, ignore_errors=True)


def _root() -> Path:
    return conf.data / "ollama-uploads"


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def _size(path: Path) -> int:
    try:
        return os.path.getsize(path)
    except FileNotFoundError:
        return 0
