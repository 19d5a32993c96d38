"""The bytes of a document as they were uploaded, whole or in part; never shown as a page of this site."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

from asgiref.sync import sync_to_async
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from knowledge import storage
from knowledge.models import Document

PIECE = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})?")


def file_of(document: Document) -> Path | None:
    """Where its bytes lie, if they do."""
    path = storage.path_of(document.file_name) if document.file_name else None
    return path if path is not None and path.exists() else None


def answer(document: Document, wanted: str = "") -> HttpResponseBase:
    """All of it, or the range that the header `Range` wants (RFC 9110, one range; anything else gives all)."""
    path = file_of(document)
    if path is None:
        raise Http404
    size = path.stat().st_size
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=document.name) or "attachment",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    first, last, status = 0, size - 1, 200
    if match := _RANGE.fullmatch(wanted.strip()):
        first, last, status = int(match[1]), min(int(match[2] or last), last), 206
        if first > last:
            return HttpResponse(status=416, headers=headers | {"Content-Range": f"bytes */{size}"})
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    headers["Content-Length"] = str(last - first + 1)
    pieces = _pieces(path, first, last - first + 1)
    return StreamingHttpResponse(pieces, status=status, content_type="application/octet-stream", headers=headers)


async def _pieces(path: Path, first: int, length: int) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        while length and (piece := await sync_to_async(file.read, thread_sensitive=False)(min(PIECE, length))):
            length -= len(piece)
            yield piece
