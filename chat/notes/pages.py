"""/notes/: one's own notes, to be written, found, asked about and put into a library. Works without script."""

import uuid
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chat.arena import rights
from chat.models import Note
from chat.models.note import LONGEST_NOTE
from chat.notes import keeping
from chat.rendering import rendered
from knowledge.documents import UploadRefused
from knowledge.models import Library, Right

if TYPE_CHECKING:
    from webui.accounts.models import User

A_PAGE = 50


@login_required
@require_safe
def notes(request: HttpRequest) -> HttpResponse:
    person, words = _person(request), request.GET.get("q", "").strip()[:200]
    mine = Note.objects.visible_to(person)
    page = Paginator(mine.having(words).select_related("document__library"), A_PAGE).get_page(request.GET.get("page"))
    context = {"part": "notes", "page": page, "q": words, "any": bool(words) or mine.exists(), **tabs(person)}
    return render(request, "notes/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_note(request: HttpRequest) -> HttpResponse:
    return _editor(request, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: HttpRequest, note_id: uuid.UUID) -> HttpResponse:
    """`do=preview` shows what is written, and keeps nothing."""
    return _editor(request, _one(request, note_id))


@login_required
@require_POST
def delete_note(request: HttpRequest, note_id: uuid.UUID) -> HttpResponse:
    """Its copy in a library stays there."""
    doomed = _one(request, note_id)
    doomed.delete()
    messages.success(request, _("“%(name)s” was removed.") % {"name": doomed.title})
    return redirect("notes")


@login_required
@require_POST
def ask_about_note(request: HttpRequest, note_id: uuid.UUID) -> HttpResponse:
    """A new chat with the note attached to its first question."""
    asked = _one(request, note_id)
    try:
        attachment = keeping.attach(_person(request), asked)
    except UploadRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("note", asked.pk)
    answer = redirect("chat_home")
    answer["Location"] += f"?attach={attachment.pk}"
    return answer


@login_required
@require_POST
def put_note(request: HttpRequest, note_id: uuid.UUID) -> HttpResponse:
    """Into the `library`, where this person may write."""
    kept, wanted = _one(request, note_id), request.POST.get("library", "")
    library = next((one for one in _writable(request) if str(one.pk) == wanted), None)
    if library is None:
        messages.error(request, _("Choose a library that you may write into."))
        return redirect("note", kept.pk)
    try:
        keeping.put_into(kept, library)
        words = _("“%(name)s” is in the library “%(library)s” now.") % {"name": kept.title, "library": library.name}
        messages.success(request, words)
    except UploadRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("note", kept.pk)


def tabs(user: "User") -> dict[str, Any]:
    return {"may_play": rights.may_play(user), "may_view": rights.may_view(user)}


def _editor(request: HttpRequest, row: Note | None) -> HttpResponse:
    title = request.POST.get("title", row.title if row else "")
    text = request.POST.get("text", row.text if row else "")
    status = 200
    if request.method == "POST" and request.POST.get("do") != "preview":
        try:
            saved = keeping.write(_person(request), title, text, row)
            messages.success(request, _("Saved."))
            return redirect("note", saved.pk)
        except UploadRefused as refusal:
            messages.error(request, str(refusal))
            status = 422
    context = {
        "part": "notes",
        "note": row,
        "title": title,
        "text": text,
        "longest": LONGEST_NOTE,
        "preview": rendered(text[:LONGEST_NOTE]),
        "libraries": _writable(request) if row else [],
        "address": reverse("note", args=[row.pk]) if row else reverse("note_add"),
        **tabs(_person(request)),
    }
    return render(request, "notes/note.html", context, status=status)


def _writable(request: HttpRequest) -> list[Library]:
    return list(Library.objects.visible_to(_person(request), Right.WRITE))


def _one(request: HttpRequest, note_id: uuid.UUID) -> Note:
    return get_object_or_404(Note.objects.visible_to(_person(request)).select_related("document__library"), pk=note_id)


def _person(request: HttpRequest) -> "User":
    return cast("User", request.user)
