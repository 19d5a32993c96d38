"""What may be attached, what becomes of it, and who sees it."""

import io
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient
from django.utils import timezone
from PIL import Image

from chat.attachments import sweeping, taking
from chat.models import Attachment, Conversation, Message
from tests.chat.attachments.conftest import bomb_png, picture, talkative_png
from tests.waiting import eventually_async

pytestmark = pytest.mark.django_db(transaction=True)


async def bytes_of(user, pk, what="file"):
    client = AsyncClient()
    await client.aforce_login(user)
    answer = await client.get(f"/api/attachments/{pk}/{what}")
    return answer, b"".join([piece async for piece in answer.streaming_content]) if answer.streaming else answer.content


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
async def test_a_picture_is_ready_at_once_whatever_its_name_says(alice, uploads, kind):
    answer = await uploads(alice, "note.txt", picture(kind))
    assert answer.status_code == 201
    told = answer.json()
    assert (told["kind"], told["state"], told["width"], told["height"]) == ("image", "ready", 64, 48)
    assert told["media_type"] in ("image/png", "image/jpeg")


async def test_a_photo_is_turned_scaled_and_loses_where_it_was_taken(alice, uploads):
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x8825] = {1: "N", 2: (48.0, 8.0, 1.0)}
    told = (await uploads(alice, "IMG_0001.JPG", picture("JPEG", (4000, 3000), exif=exif))).json()
    assert (told["width"], told["height"]) == (1176, 1568)
    answer, content = await bytes_of(alice, told["id"])
    image = Image.open(io.BytesIO(content))
    assert dict(image.getexif()) == {}
    assert answer["Content-Type"] == told["media_type"]
    assert "inline" in answer["Content-Disposition"]
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    _answer, small = await bytes_of(alice, told["id"], "thumbnail")
    assert max(Image.open(io.BytesIO(small)).size) == 512


async def test_what_is_transparent_becomes_white(alice, uploads):
    told = (await uploads(alice, "logo.png", picture(mode="RGBA", colour=(0, 0, 0, 0)))).json()
    _answer, content = await bytes_of(alice, told["id"])
    assert Image.open(io.BytesIO(content)).getpixel((5, 5)) == (255, 255, 255)


async def test_only_pixels_of_a_talkative_picture_are_kept(alice, uploads):
    told = (await uploads(alice, "x.png", talkative_png())).json()
    _answer, content = await bytes_of(alice, told["id"])
    assert b"script" not in content
    assert b"html" not in content


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("bomb.png", bomb_png(), 422, "64 million pixels"),
        ("cut.jpg", picture("JPEG", (400, 300))[:2000], 422, "damaged"),
        ("fake.png", b"\x89PNG\r\n\x1a\n" + b"<svg/>" * 50, 422, "damaged"),
        ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", 415, "something else"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "SVG"),
        ("IMG_1.HEIC", b"\0\0\0\x18ftypheic" + b"\0" * 40, 415, "HEIC"),
        ("tool.exe", b"MZ" + b"\0" * 99, 415, "not read here"),
        ("empty.txt", b"", 422, "empty"),
    ],
)
async def test_what_cannot_be_shown_is_refused_with_a_sentence(alice, uploads, files, name, content, status, words):
    answer = await uploads(alice, name, content)
    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert files() == []
    assert not await Attachment.objects.aexists()


async def test_a_name_is_words_and_never_a_path(alice, uploads, files):
    told = (await uploads(alice, "x.png", picture())).json()
    client = AsyncClient()
    await client.aforce_login(alice)
    body = SimpleUploadedFile("x.png", picture())
    body._name = "../../../etc/pass\u202ewd.png"
    other = (await client.post("/api/attachments", {"file": body})).json()
    assert other["name"] == "passwd.png"
    assert all(len(name) == 32 for name in files())
    assert len(files()) == 4, told  # two pictures and their small copies


async def test_too_large_a_picture_is_refused_while_it_is_read(alice, uploads, monkeypatch, files):
    monkeypatch.setattr(taking, "PICTURE_MB", 0)
    answer = await uploads(alice, "x.png", picture())
    assert answer.status_code == 413
    assert files() == []


async def test_nobody_hoards_files_that_are_never_sent(alice, uploads, monkeypatch):
    monkeypatch.setattr(taking, "MOST_UNSENT", 1)
    assert (await uploads(alice, "x.png", picture())).status_code == 201
    refused = await uploads(alice, "y.png", picture())
    assert refused.status_code == 409
    assert "waiting to be sent" in refused.json()["detail"]


async def test_a_document_is_read_at_once(alice, uploads):
    told = (await uploads(alice, "notes.md", b"# Plan\n\nThe limit is 80.")).json()
    row = await Attachment.objects.aget()
    assert (told["kind"], row.state, row.media_type) == ("document", "ready", "text/markdown")
    assert "The limit is 80." in row.text
    answer, content = await bytes_of(alice, told["id"])
    assert content == b"# Plan\n\nThe limit is 80."
    assert "attachment" in answer["Content-Disposition"]
    assert answer["Content-Type"] == "application/octet-stream"


async def test_a_document_without_text_says_why(alice, uploads):
    pk = (await uploads(alice, "scan.pdf", b"%PDF-1.4\n" + b"junk" * 100)).json()["id"]
    client = AsyncClient()
    await client.aforce_login(alice)
    told = (await client.get(f"/api/attachments/{pk}")).json()
    assert told["state"] == "failed"
    assert "damaged" in told["error"]


async def test_what_a_dead_process_left_is_read_by_who_asks_for_it(alice, uploads):
    told = (await uploads(alice, "notes.txt", b"some words")).json()
    long_ago = timezone.now() - timedelta(hours=1)
    await Attachment.objects.aupdate(state="reading", text="", read_at=long_ago, created_at=long_ago)
    client = AsyncClient()
    await client.aforce_login(alice)

    assert (await client.get(f"/api/attachments/{told['id']}")).json()["state"] == "reading"
    await eventually_async(Attachment.objects.filter(state="ready", text__contains="words").aexists)


async def test_bob_finds_nothing_of_alices(alice, bob, uploads):
    pk = (await uploads(alice, "x.png", picture())).json()["id"]
    client = AsyncClient()
    await client.aforce_login(bob)
    for path in ("", "/file", "/thumbnail"):
        assert (await client.get(f"/api/attachments/{pk}{path}")).status_code == 404
    assert (await client.delete(f"/api/attachments/{pk}")).status_code == 404


async def test_an_unsent_file_can_be_removed_and_its_bytes_go_too(alice, uploads, files):
    pk = (await uploads(alice, "x.png", picture())).json()["id"]
    client = AsyncClient()
    await client.aforce_login(alice)
    assert (await client.delete(f"/api/attachments/{pk}")).status_code == 204
    assert files() == []


@sync_to_async
def sent(alice, days=0):
    """A file that belongs to a question of alice."""
    chat = Conversation.objects.create(owner=alice, has_files=True)
    message = Message.objects.create(conversation=chat, role="user", text="What is this?")
    attachment = Attachment.objects.get()
    attachment.messages.add(message)
    Attachment.objects.update(sent_at=timezone.now(), created_at=timezone.now() - timedelta(days=days))
    return chat, message


async def test_a_sent_file_goes_with_its_message(alice, uploads, files):
    pk = (await uploads(alice, "x.png", picture())).json()["id"]
    chat, message = await sent(alice, days=30)
    client = AsyncClient()
    await client.aforce_login(alice)
    assert (await client.delete(f"/api/attachments/{pk}")).status_code == 409
    await sync_to_async(sweeping.sweep)()
    assert len(files()) == 2
    assert (await client.delete(f"/api/chats/{chat.pk}/messages/{message.pk}")).status_code == 204
    assert files() == []


async def test_a_sent_file_goes_with_its_chat_and_with_its_owner(alice, uploads, files):
    await uploads(alice, "x.png", picture())
    chat, _message = await sent(alice)
    client = AsyncClient()
    await client.aforce_login(alice)
    assert (await client.delete(f"/api/chats/{chat.pk}")).status_code == 204
    assert files() == []
    await uploads(alice, "y.png", picture())
    await sync_to_async(alice.delete)()
    assert files() == []


async def test_what_was_never_sent_is_swept_after_a_day(alice, uploads, files):
    await uploads(alice, "x.png", picture())
    await sync_to_async(sweeping.sweep)()
    assert len(files()) == 2
    await Attachment.objects.aupdate(created_at=timezone.now() - timedelta(days=2))
    await sync_to_async(sweeping.sweep)()
    assert files() == []
