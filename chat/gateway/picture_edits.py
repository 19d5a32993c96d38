"""POST /v1/images/edits: a picture changed for a program, all of it or where its mask has holes.

The picture and the mask come as a form, are drawn anew like all pictures that come from outside, and are kept nowhere.
"""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import ValidationError

from chat.attachments import pictures
from chat.attachments.pictures import PictureRefused
from chat.gateway.callers import caller_of
from chat.gateway.errors import ApiProblem
from chat.gateway.pictures import Pictures, checked, drawn_for, ordered
from chat.images import keeping

router = Router(tags=["openai"])
LARGEST = 25 * 1024 * 1024  # bytes of a picture or a mask
_AROUND = 128 * 1024  # bytes of a form beside its files
_FIELDS = ("prompt", "model", "n", "size", "response_format", "negative_prompt", "seed")
_FILE = {"type": "string", "format": "binary"}
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"image": _FILE, "mask": _FILE, "prompt": {"type": "string"}},
                }
            }
        },
    }
}


@router.post("/images/edits", openapi_extra=_FORM)
async def change(request: HttpRequest) -> dict[str, Any]:
    """The picture in the field `image`, changed as `prompt` says; `mask` is transparent where it may be changed."""
    caller = caller_of(request)
    wish, source, mask = await sync_to_async(_given, thread_sensitive=False)(request)
    order = await database_sync_to_async(ordered)(caller, wish, edits=True)
    order = replace(order, drawing=replace(order.drawing, source=source, mask=mask))
    return await drawn_for(request, caller, wish, order)


def _given(request: HttpRequest) -> tuple[Pictures, bytes, bytes | None]:
    announced = request.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > 2 * LARGEST + _AROUND:
        raise _too_large()
    fields = {name: request.POST[name] for name in _FIELDS if request.POST.get(name)}
    try:
        wish = Pictures.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "body"
        raise ApiProblem(f"{where}: {first['msg']}.", code="bad_request", status=400, param=where) from None
    checked(wish)
    files = [*request.FILES.getlist("image"), *request.FILES.getlist("image[]")]
    if len(files) != 1 or not isinstance(files[0], UploadedFile):
        raise _refused(_("One picture is changed at a time: send it in the field “image” of a form."), "image")
    source, size = _drawn_anew(files[0], "image")
    mask = request.FILES.get("mask")
    if not isinstance(mask, UploadedFile):
        return wish, source, None
    holes, shape = _drawn_anew(mask, "mask")
    if shape != size:
        raise _refused(_("The mask has to be as wide and as high as the picture."), "mask")
    return wish, source, holes


def _drawn_anew(file: UploadedFile, field: str) -> tuple[bytes, tuple[int, int]]:
    """What may be sent on, as a PNG: of a mask white where it had holes."""
    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise _too_large()
    if not pictures.kind_of(content[:4096]):
        raise _refused(_("“%(name)s” is no picture that can be opened.") % {"name": field}, field)
    with tempfile.TemporaryDirectory(prefix="picture-") as folder:
        given, drawn, small = (Path(folder) / part for part in ("given", "drawn", "small"))
        given.write_bytes(content)
        try:
            facts = pictures.develop(given, drawn, small, as_made=True, holes=field == "mask")
        except PictureRefused as refusal:
            raise _refused(str(refusal), field) from None
        return keeping.as_png(drawn.read_bytes()), (facts.width, facts.height)


def _refused(sentence: str, param: str) -> ApiProblem:
    return ApiProblem(sentence, code="bad_request", status=400, param=param)


def _too_large() -> ApiProblem:
    sentence = _("A picture may have %(limit)s MB here.") % {"limit": LARGEST // 1024**2}
    return ApiProblem(sentence, code="too_large", status=413)
