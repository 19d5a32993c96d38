"""Addresses of pictures that were made for a program: signed, good for an hour, for whoever has one.

What is behind one is a file of the person whose key asked for it. Nothing has sent it anywhere, so that it is swept a
day later, with the files that were uploaded and never sent.
"""

import uuid

from asgiref.sync import sync_to_async
from django.core import signing
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from chat.attachments.api import bytes_of
from chat.models import Attachment

HOUR = 3600  # seconds
_SALT = "chat.gateway.picture_links"


def address_of(request: HttpRequest, picture: Attachment) -> str:
    token = signing.dumps(picture.pk.hex, salt=_SALT)
    return request.build_absolute_uri(reverse("made_picture", args=[token]))


@require_safe
async def made_picture(request: HttpRequest, token: str) -> StreamingHttpResponse:
    """The picture; 404 when the time is up, when it is gone, or when nobody has signed this."""
    try:
        pk = uuid.UUID(signing.loads(token, salt=_SALT, max_age=HOUR))
    except (signing.BadSignature, ValueError, TypeError):
        raise Http404 from None
    picture = await sync_to_async(_picture)(pk)
    if picture is None:
        raise Http404
    answer = bytes_of(picture.file_name, picture.media_type, picture.name)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _picture(pk: uuid.UUID) -> Attachment | None:
    made = Attachment.objects.filter(pk=pk, made__isnull=False, messages=None, owner__is_active=True)
    return made.defer("text").first()
