"""Pictures of text: PNG, JPEG, WebP and TIFF, read by text recognition."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.parsing import recognition, sentences
from knowledge.parsing.base import Block, Note, ParsedFile, ParseError, with_text

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 100_000_000
_BEGINNINGS = {
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "webp": (b"RIFF",),
    "tiff": (b"II*\x00", b"MM\x00*"),
}
_MOST_PAGES = 300
_SECONDS = 50


class PictureReader:
    parser = "Tesseract"

    def __init__(self, *extensions: str, media_type: str) -> None:
        self.extensions: tuple[str, ...] = extensions
        self.media_type = media_type

    def recognises(self, head: bytes) -> bool:
        return head.startswith(_BEGINNINGS[self.extensions[0]]) and (
            self.extensions[0] != "webp" or head[8:12] == b"WEBP"
        )

    def read(self, path: Path) -> ParsedFile:
        """A picture holds no other text, so that nobody need ask for its recognition."""
        return self.recognise(path, _SECONDS)

    def recognise(self, path: Path, seconds: int) -> ParsedFile:
        if not recognition.installed():
            raise ParseError(sentences.PICTURE_WITHOUT_OCR)
        frames, texts = _read(path, recognition.Deadline(seconds * 0.9))
        blocks = with_text(Block(text=text, page=page) for page, text in enumerate(texts, 1))
        if not blocks:
            raise ParseError(sentences.NOTHING_RECOGNISED)
        left: tuple[Note, ...] = ()
        if len(texts) < frames:
            left = ((sentences.PAGES_LEFT_OUT, {"done": len(texts), "pages": frames}),)
        return ParsedFile(blocks=blocks, pages=frames, pages_without_text=frames - len(blocks), notes=left)


def _read(path: Path, deadline: recognition.Deadline) -> tuple[int, list[str]]:
    """How many pages there are, and the texts of those that there was time for."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # counted below, before anything is unpacked
    texts: list[str] = []
    since = time.monotonic()
    try:
        with Image.open(path, formats=("PNG", "JPEG", "WEBP", "TIFF")) as opened:
            # What moves is shown as it begins; only TIFF has pages.
            count = getattr(opened, "n_frames", 1) if opened.format == "TIFF" else 1
            for picture in _frames(opened, min(count, _MOST_PAGES)):
                if texts and not deadline.room(len(texts), since):
                    break
                texts.append(recognition.text_in(picture, deadline.left))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        if not texts:
            raise ParseError(sentences.DAMAGED) from None
    return max(count, 1), texts


def _frames(opened: "Image", count: int) -> "Iterator[Image]":
    from PIL import ImageOps

    for at in range(count):
        opened.seek(at)
        if opened.width * opened.height > MOST_PIXELS:
            raise ParseError(sentences.TOO_MANY_PIXELS, millions=MOST_PIXELS // 1_000_000)
        yield ImageOps.exif_transpose(opened)
