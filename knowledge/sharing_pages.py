"""The page on which an owner shares a library. Works without script; with it, people are found while one types."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from knowledge import sharing
from knowledge.models import Library, Right


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, library_id: uuid.UUID) -> HttpResponse:
    """`?q=` looks for people and groups (`&part=found` gives only these); POST shares, or changes how."""
    library = _own(request, library_id)
    if request.method == "POST":
        _share(request, library)
        return redirect("library_share", library.pk)
    q = request.GET.get("q", "").strip()[:200]
    found = sharing.candidates(request.user, library, q)  # type: ignore[arg-type]
    context = {"library": library, "q": q, "found": found, "shares": sharing.shares_of(library)}
    part = request.GET.get("part") == "found"
    return render(request, "knowledge/_share_found.html" if part else "knowledge/share.html", context)


@login_required
@require_POST
def unshare(request: HttpRequest, library_id: uuid.UUID, share_id: int) -> HttpResponse:
    """It is gone at once, also for what they are asking now."""
    share = get_object_or_404(_own(request, library_id).shares, pk=share_id)
    who = share.group.name if share.group else share.user.display_name  # type: ignore[union-attr]
    share.delete()
    messages.success(request, _("%(who)s cannot open this library any more.") % {"who": who})
    return redirect("library_share", library_id)


def _share(request: HttpRequest, library: Library) -> None:
    given = request.POST
    try:
        if "everyone" in given:
            sharing.share_with_everyone(library, given["everyone"])
        else:
            # With a button beside each name, the one that was pressed says who; a plain field says it otherwise.
            owner = request.user
            sharing.share(owner, library, given.get("who", ""), given.get("level", ""))  # type: ignore[arg-type]
        messages.success(request, _("Saved."))
    except sharing.SharingRefused as refusal:
        messages.error(request, str(refusal))


def _own(request: HttpRequest, library_id: uuid.UUID) -> Library:
    return get_object_or_404(Library.objects.visible_to(request.user, Right.OWN), pk=library_id)
