"""Text recognition (OCR) through the program tesseract, one picture at a time. Knows nothing of Django."""

import io
import re
import shutil
import subprocess
import time
from functools import cache
from typing import TYPE_CHECKING

from knowledge.parsing.flow import CJK, flow

if TYPE_CHECKING:
    from PIL.Image import Image

PAGE_SECONDS = 60
# Scans have 200 to 300 dots an inch; what is more helps nobody and costs time.
MOST_PIXELS = 12_000_000
_PLACES = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin"
_PREFERRED = ("chi_sim", "chi_tra", "jpn", "eng")
_MOST_LANGUAGES = 3
# It takes full-width marks for narrow ones with blanks around them.
_NARROW_MARK = re.compile(rf"(?<=[{CJK}]) ?([,:;!?]) ?(?=[{CJK}]|$)", re.MULTILINE)
_WIDE_MARKS = str.maketrans(",:;!?", "，：；！？")
_HYPHEN = re.compile(r"(?<=[a-zäöüéèß])-\n(?=[a-zäöüéèß])")


@cache
def installed() -> bool:
    """Whether pictures can be read on this machine."""
    return bool(languages())


@cache
def languages() -> tuple[str, ...]:
    """Tesseract's names of the languages to read in: Chinese and English where their data is there."""
    if not (program := shutil.which("tesseract", path=_PLACES)):
        return ()
    try:
        told = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    there = [line.strip() for line in told.splitlines()[1:] if line.strip() not in ("", "osd")]
    return tuple([name for name in _PREFERRED if name in there] or there)[:_MOST_LANGUAGES]


class Deadline:
    """The time that is left for all pages together."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return self._end - time.monotonic()

    def room(self, done: int, since: float) -> bool:
        """Whether one more page fits, when each takes what the ones before took."""
        took = (time.monotonic() - since) / done if done else 0
        return self.left > max(3.0, took * 1.5)


def text_in(picture: "Image", seconds: float) -> str:
    """The words in a picture, in paragraphs; "" when there are none, or when it takes longer than this."""
    picture = _fit(picture)
    page = io.BytesIO()
    picture.save(page, "PNG", compress_level=1)
    command = [shutil.which("tesseract", path=_PLACES) or "tesseract", "stdin", "stdout", "-l", "+".join(languages())]
    try:
        done = subprocess.run(
            command, input=page.getvalue(), capture_output=True, timeout=min(seconds, PAGE_SECONDS), check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return paragraphs(done.stdout.decode(errors="replace")) if done.returncode == 0 else ""


def paragraphs(told: str) -> str:
    """Its lines joined as on a printed page. It puts blanks between Chinese characters."""
    pieces = re.split(r"\n\s*\n", _HYPHEN.sub("", told.replace("\f", "")))
    text = "\n\n".join(filter(None, (flow(piece.split("\n")).strip() for piece in pieces)))
    return _NARROW_MARK.sub(lambda mark: mark[1].translate(_WIDE_MARKS), text)


def _fit(picture: "Image") -> "Image":
    from PIL import Image

    picture = picture.convert("RGB") if picture.mode == "P" else picture
    if picture.mode in ("RGBA", "LA"):
        ground = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(ground, picture.convert("RGBA"))
    picture = picture.convert("L")
    pixels = picture.width * picture.height
    if pixels > MOST_PIXELS:
        factor = (MOST_PIXELS / pixels) ** 0.5
        picture = picture.resize((int(picture.width * factor), int(picture.height * factor)))
    return picture
