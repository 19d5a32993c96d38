"""The picture of an assistant: decoded and drawn anew, so that nothing of an uploaded file is ever served."""

import hashlib
import io
import warnings

from django.utils.translation import gettext as _

SIDE = 256  # pixels
LARGEST_FILE = 5 * 1024 * 1024
LARGEST_SIDE = 8000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MEDIA_TYPE = "image/webp"


class PictureRefused(Exception):
    """The text is a sentence for the person who chose the file."""


def redrawn(data: bytes) -> bytes:
    """A square WebP of at most 256 pixels from the middle of the picture, without anything that was written in it."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    if len(data) > LARGEST_FILE:
        raise PictureRefused(_("The picture is larger than 5 MB. Choose a smaller one."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                if max(picture.size) > LARGEST_SIDE:
                    raise PictureRefused(_("The picture has too many pixels. Choose one of at most 8000 on each side."))
                picture.draft("RGB", (SIDE * 2, SIDE * 2))  # a JPEG is decoded no larger than it is needed
                side = min(SIDE, *picture.size)
                drawn = ImageOps.fit(ImageOps.exif_transpose(picture).convert("RGBA"), (side, side))
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError, OSError) as problem:
        raise PictureRefused(_("This file is not a picture that can be read. Choose a PNG, JPEG or WebP.")) from problem
    except (ValueError, SyntaxError, TypeError, IndexError, EOFError) as problem:  # what Pillow says of broken files
        raise PictureRefused(_("This file is not a picture that can be read. Choose a PNG, JPEG or WebP.")) from problem
    out = io.BytesIO()
    drawn.save(out, "WEBP", quality=82)
    return out.getvalue()


def mark_of(data: bytes) -> str:
    """Short for this picture: part of its address, so that a browser may keep it for ever."""
    return hashlib.sha256(data).hexdigest()[:16]
