"""Chats as files to be kept: one as it is, many in one archive."""

import io
import itertools
import re
import zipfile
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import quote

from django.http import HttpResponse

from chat.bundle import writing as bundle
from chat.exporting import data, page, prose
from chat.models import Conversation

Form: TypeAlias = Literal["json", "markdown", "html", "bundle"]
FormOfOne: TypeAlias = Form | Literal["bundle-with-files"]
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')  # in names of files, somewhere


class _Kind(NamedTuple):
    written: Callable[[Conversation], str]
    media_type: str
    ending: str


_KINDS: dict[FormOfOne, _Kind] = {
    "json": _Kind(data.written, "application/json", "json"),
    "markdown": _Kind(prose.written, "text/markdown; charset=utf-8", "md"),
    "bundle": _Kind(bundle.written, "application/json", "bundle.json"),
    "bundle-with-files": _Kind(bundle.with_files, "application/json", "bundle.json"),
    "html": _Kind(page.written, "text/html; charset=utf-8", "html"),
}


def download(chat: Conversation, form: FormOfOne) -> HttpResponse:
    """The conversation as an attachment named after its title. Raises `TooMuch` where its files are to be in it."""
    kind = _KINDS[form]
    name = quote(f"{chat.title or 'chat'}.{kind.ending}".replace("/", "-"))
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return HttpResponse(kind.written(chat), kind.media_type, headers=headers)


def download_all(chats: Iterable[Conversation], form: Form) -> HttpResponse:
    """Many of them in one zip file; those of the same title are numbered."""
    kind, names, made = _KINDS[form], set[str](), io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for chat in chats:
            plain = _FORBIDDEN.sub("-", chat.title).strip(" .-") or "chat"
            tried = (f"{plain}{f' {n}' if n > 1 else ''}.{kind.ending}" for n in itertools.count(1))
            name = next(name for name in tried if name.lower() not in names)
            names.add(name.lower())
            archive.writestr(name, kind.written(chat))
    headers = {"Content-Disposition": 'attachment; filename="chats.zip"'}
    return HttpResponse(made.getvalue(), "application/zip", headers=headers)
