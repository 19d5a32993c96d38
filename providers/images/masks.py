"""Masks between the ways in which servers want them: ours are white where a picture may be changed. Pure."""

import io


def with_holes(mask: bytes) -> bytes:
    """A PNG of the same size that is transparent where ours is white: how OpenAI's images API reads a mask."""
    from PIL import Image, ImageChops

    with Image.open(io.BytesIO(mask), formats=("PNG", "JPEG")) as opened:
        grey = opened.convert("L")
    paper = Image.new("RGBA", grey.size, "black")
    paper.putalpha(ImageChops.invert(grey))
    out = io.BytesIO()
    paper.save(out, "PNG")
    return out.getvalue()


def seen_through(source: bytes, mask: bytes) -> bytes:
    """The picture as a PNG that is transparent where the mask is white: how ComfyUI's loader finds both in one file."""
    from PIL import Image, ImageChops

    with (
        Image.open(io.BytesIO(source), formats=("PNG", "JPEG")) as picture,
        Image.open(io.BytesIO(mask), formats=("PNG", "JPEG")) as painted,
    ):
        paper = picture.convert("RGBA")
        paper.putalpha(ImageChops.invert(painted.convert("L").resize(paper.size)))
    out = io.BytesIO()
    paper.save(out, "PNG")
    return out.getvalue()
