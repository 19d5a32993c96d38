"""A folder of its own for the bytes, pictures made on the spot, and people who upload them."""

import io
import struct
import zlib
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient
from PIL import Image, PngImagePlugin

from chat.attachments import reading


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.FILE_ROOT = tmp_path / "files"

    def stored():
        return sorted(path.name for path in (settings.FILE_ROOT / "attachments").glob("??/*"))

    return stored


def picture(kind="PNG", size=(64, 48), mode="RGB", colour="red", **how):
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **how)
    return out.getvalue()


def talkative_png():
    """Its metadata holds a script, and a page follows its end."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>alert(1)</script>")
    return picture(pnginfo=notes) + b"<html><script>alert(2)</script></html>"


def bomb_png(width=50_000, height=50_000):
    """A third of a megabyte that says it is 2.5 thousand million pixels, and is."""

    def part(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(b"\0" * 10_000)) + part(b"IEND", b"")
    )


@pytest.fixture
def uploads(db, monkeypatch):
    """await uploads(alice, "cat.png", content) gives the answer of the server; a document is read then."""
    # A request of this client holds the one thread of the database, in which the reading would go on.
    monkeypatch.setattr("chat.attachments.api.SOON", 0)

    async def upload(user, name, content):
        client = AsyncClient()
        await client.aforce_login(user)
        answer = await client.post("/api/attachments", {"file": SimpleUploadedFile(name, content)})
        if answer.status_code == 201:
            await reading.wait_for([UUID(answer.json()["id"])])
        return answer

    return upload
