"""Taking a file in: what it is, told by its content, and its bytes stored. Raises `UploadRefused` with a sentence."""

import tempfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from chat.attachments import pictures
from chat.attachments.pictures import PictureRefused
from chat.models import Attachment
from knowledge import room, storage
from knowledge.documents import Source, UploadRefused, clean_name, size_of, too_large
from knowledge.parsing import READERS, ParseError, extension_of, reader_for
from providers import budgets
from webui.conf import conf

if TYPE_CHECKING:
    from webui.accounts.models import User

PLACE = "attachments"  # of their bytes (knowledge/storage.py)
MOST_UNSENT = 50
PICTURE_MB = 20
_MEGABYTE = 1024 * 1024
_HEAD = 4096
_FORM_AROUND_FILE = 64 * 1024
_PICTURE_NAMES = {"png", "jpg", "jpeg", "jpe", "jfif", "gif", "webp", "bmp", "tif", "tiff"}


def endings() -> list[str]:
    """Of the names of documents that are read, for the browser's choice of files."""
    return [f".{extension}" for extension in READERS]


def check_announced_size(content_length: str) -> None:
    """Refuse before reading what says itself that it is too large for any file here."""
    most = max(conf.max_upload_mb, PICTURE_MB) * _MEGABYTE + _FORM_AROUND_FILE
    if content_length.isdecimal() and int(content_length) > most:
        raise too_large()


def take_in(user: "User", name: str, source: Source) -> Attachment:
    """A row for these bytes: a picture is ready at once, a document is still to be read (`reading.read_later`)."""
    if Attachment.objects.filter(owner=user, sent_at=None, made__isnull=True).count() >= MOST_UNSENT:
        raise UploadRefused(_("Too many files are waiting to be sent. Remove some, or send them first."), 409)
    name = clean_name(name)
    head = source.read(_HEAD)
    source.seek(0)
    if not head:
        raise UploadRefused(_("This file is empty (0 bytes)."), 422)
    try:
        room.check(user.pk, size_of(source))
        if pictures.kind_of(head):
            return _picture(user, name, source)
        _refuse_other_pictures(name, head)
        return _document(user, name, source, head)
    except storage.StorageFull:
        raise UploadRefused(_("The server's disk is full. Tell an administrator."), 507) from None
    except room.NoRoom as refusal:
        raise UploadRefused(str(refusal), 413) from None


def stored_by(user_id: int) -> int:
    """Bytes of all files that somebody sent along, or is about to."""
    return int(Attachment.objects.filter(owner=user_id).aggregate(bytes=Sum("size"))["bytes"] or 0)


budgets.STORES.append(stored_by)


def _picture(user: "User", name: str, source: Source) -> Attachment:
    with tempfile.TemporaryDirectory(prefix="picture-") as folder:
        given, drawn, small = (Path(folder) / part for part in ("given", "drawn", "small"))
        _copy(source, given)
        try:
            made = pictures.develop(given, drawn, small)
        except PictureRefused as refusal:
            raise UploadRefused(str(refusal), 422) from None
        kept, thumbnail = stored(drawn.read_bytes()), stored(small.read_bytes())
    return row_for(
        kept,
        thumbnail,
        owner=user,
        name=name,
        kind=Attachment.Kind.IMAGE,
        media_type=made.media_type,
        width=made.width,
        height=made.height,
        state=Attachment.State.READY,
    )


def _document(user: "User", name: str, source: Source, head: bytes) -> Attachment:
    try:
        media_type = reader_for(name, head).media_type
    except ParseError as error:
        raise UploadRefused(_(error.sentence) % error.values, 415) from None
    try:
        kept = storage.store(source, limit=conf.max_upload_mb * _MEGABYTE, place=PLACE)
    except storage.TooLarge:
        raise too_large() from None
    return row_for(kept, owner=user, name=name, kind=Attachment.Kind.DOCUMENT, media_type=media_type)


def _refuse_other_pictures(name: str, head: bytes) -> None:
    if pictures.is_apples(head):
        raise UploadRefused(
            _("HEIC and AVIF pictures cannot be opened here. Save the picture as JPEG or PNG and attach that."), 415
        )
    extension = extension_of(name)
    if extension == "svg":
        raise UploadRefused(
            _("SVG drawings cannot be attached: they can hold scripts. Save the drawing as PNG and attach that."), 415
        )
    if extension in _PICTURE_NAMES:
        raise UploadRefused(_("The name ends like a picture's, but the content is something else."), 415)


def _copy(source: Source, target: Path) -> None:
    size = 0
    with target.open("xb") as file:
        while piece := source.read(_MEGABYTE):
            size += len(piece)
            if size > PICTURE_MB * _MEGABYTE:
                raise UploadRefused(
                    _("This picture is larger than the %(limit)s MB that are allowed here.") % {"limit": PICTURE_MB},
                    413,
                )
            file.write(piece)


def stored(content: bytes) -> storage.StoredFile:
    """These bytes as a file of this place, which no row names yet."""
    return storage.store(BytesIO(content), limit=len(content), place=PLACE)


def row_for(stored: storage.StoredFile, small: storage.StoredFile | None = None, **fields: object) -> Attachment:
    """The row that names them; without one they are removed. Raises `NoRoom`."""
    try:
        with transaction.atomic():
            row = Attachment.objects.create(
                file_name=stored.name,
                small_name=small.name if small else "",
                size=stored.size + (small.size if small else 0),
                sha256=stored.sha256,
                **fields,
            )
            room.check(row.owner_id, 0, final=True)
            return row
    except BaseException:
        for file in filter(None, (stored, small)):
            storage.remove(file.name, PLACE)
        raise
