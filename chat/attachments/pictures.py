"""Pictures made harmless and small: decoded under limits in a process of their own, turned upright, drawn anew.

`develop` is the door; `python -m chat.attachments.pictures` is the other side, which knows neither Django nor names.
What comes out holds pixels and nothing else: no position, no profile, no text, nothing behind the end.
"""

import json
import logging
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from PIL.Image import Image

# The most that the common vision models look at in one piece; beyond it they scale down or tear into tiles themselves,
# so that more pixels cost tokens, memory and time, and show them nothing.
LONG_SIDE = 1568
SMALL_SIDE = 512  # twice what a message shows, for dense screens
MOST_PIXELS = 64_000_000
# A drawing or a screenshot stays exact up to this size; what is larger is a photo, or becomes one.
EXACT_BYTES = 1_500_000
QUALITY = 90
# A picture that was made here is kept as it was made: it is what somebody wanted, and may be changed again.
MADE_SIDE = 4096
MADE_EXACT_BYTES = 12_000_000
AS_MADE = "as-made"
HOLES = "holes"
SECONDS = 20
MEMORY = 1536 * 1024**2
CHILD = "chat.attachments.pictures"
log = logging.getLogger(__name__)
_ROOT = Path(__file__).resolve().parent.parent.parent
_KINDS = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/bmp": (b"BM",),
    "image/tiff": (b"II*\x00", b"MM\x00*"),
}
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_LOSSY = {"JPEG", "MPO", "WEBP"}
_APPLE = (b"ftypheic", b"ftypheix", b"ftypheim", b"ftypheis", b"ftyphevc", b"ftypmif1", b"ftypmsf1", b"ftypavif")

SENTENCES: dict[str, str | Promise] = {
    "damaged": _("This picture is damaged or cut off; it cannot be opened. Attach the original again."),
    "too_many_pixels": _("This picture has more than %(millions)s million pixels. Attach a smaller one."),
    "no_holes": _("Nothing of the mask is transparent. It has to be where the picture may be changed."),
    "too_slow": _("Opening this picture took too long. Save it anew as PNG or JPEG and attach that."),
}


class PictureRefused(Exception):
    """This cannot be shown to a model; the text is a sentence for the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Developed:
    media_type: str
    width: int
    height: int


def kind_of(head: bytes) -> str | None:
    """The media type of a picture that can be opened here, by its first bytes; None for anything else."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:2] == b"BM" and head[6:10] != b"\x00\x00\x00\x00":  # two letters begin many a text
        return None
    return next((kind for kind, signs in _KINDS.items() if head.startswith(signs)), None)


def is_apples(head: bytes) -> bool:
    """HEIC and AVIF, which are not opened here."""
    return head[4:12] in _APPLE


def develop(source: Path, target: Path, small: Path, *, as_made: bool = False, holes: bool = False) -> Developed:
    """Draw the picture anew into `target`, and a small copy into `small`; `holes`: only where it is transparent, white
    on black. Raises `PictureRefused`."""
    ways = [*[AS_MADE] * as_made, *[HOLES] * holes]
    command = [sys.executable, "-m", CHILD, str(source), str(target), str(small), *ways]
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command, cwd=_ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=SECONDS + 5, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise _refusal("too_slow") from None
    if done.returncode in (-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL):
        raise _refusal("too_slow")
    if done.returncode != 0:
        from knowledge.parsing.isolation import kind_of

        log.warning("A picture ended its reader: %s", kind_of(done.stderr))
        raise _refusal("damaged")
    told = json.loads(done.stdout)
    if "refused" in told:
        raise _refusal(told["refused"])
    return Developed(**told)


def _refusal(code: str) -> PictureRefused:
    return PictureRefused(str(SENTENCES[code]) % {"millions": MOST_PIXELS // 1_000_000})


def _main(source: Path, target: Path, small: Path, ways: Sequence[str]) -> None:
    from knowledge.parsing.child import limit

    limit(SECONDS, MEMORY)
    told = _developed(source, target, small, ways)
    sys.stdout.write(json.dumps(told))


def _developed(source: Path, target: Path, small: Path, ways: Sequence[str]) -> dict[str, object]:
    from PIL import Image, ImageOps, TiffImagePlugin, WebPImagePlugin  # noqa: F401  known once they are imported

    as_made = AS_MADE in ways
    side = MADE_SIDE if as_made else LONG_SIDE
    Image.MAX_IMAGE_PIXELS = None  # counted below, before anything is unpacked
    try:
        with Image.open(source, formats=_FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                return {"refused": "too_many_pixels"}
            exact = opened.format not in _LOSSY
            opened.draft("RGB", (side, side))  # JPEG only: what is thrown away anyway is not unpacked
            opened.load()
            ImageOps.exif_transpose(opened, in_place=True)
            colours = _in_colours(opened)
    except (OSError, SyntaxError, ValueError):  # what Pillow raises for files that are none
        return {"refused": "damaged"}
    if HOLES in ways:
        if colours.mode != "RGBA":
            return {"refused": "no_holes"}
        colours = ImageOps.invert(colours.getchannel("A"))
    colours.thumbnail((side, side), Image.Resampling.LANCZOS)
    drawn = _on_white(colours)
    media_type = _save(drawn, target, exact_bytes=(MADE_EXACT_BYTES if as_made else EXACT_BYTES) if exact else 0)
    size = {"width": drawn.width, "height": drawn.height}
    drawn.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.LANCZOS)
    drawn.save(small, "JPEG", quality=80)
    return {"media_type": media_type, **size}


def _in_colours(image: "Image") -> "Image":
    """RGB, or RGBA where something shows through; sixteen bits and more are spread over what there is."""
    if image.mode[0] in "IF":
        image = image.convert("F")
        low, high = cast("tuple[float, float]", image.getextrema())
        scale = 255 / max(high - low, 1.0)
        image = image.point(lambda value: value * scale - low * scale).convert("L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _on_white(image: "Image") -> "Image":
    """A new one, without what the old one carried along: many servers paint what is transparent black."""
    from PIL import Image

    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image if image.mode == "RGBA" else None)
    return paper


def _save(image: "Image", target: Path, *, exact_bytes: int) -> str:
    """PNG and JPEG are what every model server opens; llama.cpp does not know WebP."""
    if exact_bytes:
        image.save(target, "PNG")
        if target.stat().st_size <= exact_bytes:
            return "image/png"
    image.save(target, "JPEG", quality=QUALITY, subsampling=0)
    return "image/jpeg"


if __name__ == "__main__":
    given, drawn, little = map(Path, sys.argv[1:4])
    _main(given, drawn, little, sys.argv[4:])
