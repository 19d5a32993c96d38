"""/import/: a file is looked through, what is in it is shown, and then it is taken in, a few seconds at a time."""

import json
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, cast

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from chat.bundle import reading
from chat.importing import files, preparing, products
from chat.importing.shapes import BadFile, Unreadable

if TYPE_CHECKING:
    from webui.accounts.models import User

LARGEST_BUNDLE = 50 * 1024 * 1024  # bytes
SECONDS = 4.0  # of storing in one request; the page asks again until all is there


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_chats(request: HttpRequest) -> HttpResponse:
    """Where a file is given. It is read in this request's own thread, in small pieces."""
    problem = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is not None and (brought := _bundle(cast("User", request.user), file)):
                return redirect("chat_reproduce", brought)
            return redirect("chat_import_trial", _prepared(cast("User", request.user), file))
        except BadFile as reason:
            problem = str(reason)
    context = {"problem": problem, "products": products.labels()}
    return render(request, "chat/import.html", context, status=422 if problem else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_trial(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """What is in the file; sent, it is taken in."""
    user = cast("User", request.user)
    is_going = request.method == "POST"
    trial = preparing.take_in(user, import_id, SECONDS) if is_going else preparing.trial_of(user, import_id)
    if trial is None:
        raise Http404
    context = {
        "trial": trial,
        "is_going": is_going and not trial.is_done,
        "is_done": trial.is_done and (trial.looked_at > 0 or is_going),
        "percent": 100 * trial.at // max(trial.size, 1),
        "products": [products.label_of(name) for name in trial.products],
        "left": [words % {"n": count} for kind, count in trial.left.items() if (words := _left(kind, count))],
        "doubled": trial.looked_at - trial.added,
    }
    return render(request, "chat/import_trial.html", context)


def _left(kind: str, n: int) -> str:
    """So many of what is not taken; nothing for a kind that goes without saying."""
    match kind:
        case "pictures":
            return ngettext("%(n)s picture", "%(n)s pictures", n)
        case "files":
            return ngettext("%(n)s file", "%(n)s files", n)
        case "tools":
            return ngettext("%(n)s call of a tool", "%(n)s calls of tools", n)
        case "system":
            return ngettext("%(n)s instruction to the model", "%(n)s instructions to the model", n)
    return ""


def _bundle(user: "User", file: UploadedFile) -> uuid.UUID | None:
    """The chat of a bundle, which is one chat and is taken in at once; None when the file is something else."""
    head = file.read(reading.HEAD)
    file.seek(0)
    if not reading.is_bundle(head) or (file.size or 0) > LARGEST_BUNDLE:
        return None
    try:
        return reading.take_in(user, json.load(file))[0].pk
    except (ValueError, RecursionError):
        raise BadFile(_("This file is damaged: it is no whole JSON. Export it again.")) from None
    except Unreadable as reason:
        raise BadFile(str(reason)) from None


def _prepared(user: "User", file: UploadedFile | None) -> uuid.UUID:
    if file is None:
        raise BadFile(_("Choose a file first."))
    if (file.size or 0) > files.MOST_UPLOADED:
        raise BadFile(_("This file is larger than 300 MB. Export fewer chats at once."))
    name = Path(file.name or "").name[:120]
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        given = Path(folder) / "given"
        with given.open("wb") as copy:
            for piece in file.chunks():
                copy.write(piece)
        return preparing.prepare(user, name, given)
