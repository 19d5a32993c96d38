"""/comparisons/: the pairs of answers that a person kept, opened again and judged."""

import uuid
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chat.comparisons import keeping
from chat.comparisons.keeping import NotKept
from chat.models import Comparison, Message
from chat.notes.pages import tabs
from chat.rating.api import as_download
from chat.rating.lines import KINDS
from chat.rating.preferences import used_libraries
from chat.rendering import rendered
from chat.sight import open_sources
from chat.tree import name_of

if TYPE_CHECKING:
    from webui.accounts.models import User

A_PAGE = 50


@login_required
@require_safe
def comparisons(request: HttpRequest) -> HttpResponse:
    person = cast("User", request.user)
    mine = Comparison.objects.visible_to(person).select_related("first__parent", "second")
    page = Paginator(mine, A_PAGE).get_page(request.GET.get("page"))
    judged = Comparison.objects.visible_to(person).exclude(verdict="").exists()
    return render(
        request, "comparisons/list.html", {"part": "comparisons", "page": page, "judged": judged, **tabs(person)}
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def comparison(request: HttpRequest, comparison_id: uuid.UUID) -> HttpResponse:
    """Sent, it is judged."""
    shown = _one(request, comparison_id)
    if request.method == "POST":
        try:
            keeping.judge(
                shown, request.POST.get("verdict", ""), request.POST.get("note", ""), shared="shared" in request.POST
            )
            messages.success(request, _("Saved."))
        except NotKept as why:
            messages.error(request, str(why))
        return redirect("comparison", shown.pk)
    person = cast("User", request.user)
    both = [shown.first, shown.second]
    open_sources(person, both)
    context = {
        "part": "comparisons",
        "comparison": shown,
        "question": shown.first.parent.text if shown.first.parent else "",
        "sides": [_side(shown, one, side) for one, side in zip(both, ("first", "second"), strict=True)],
        "verdicts": Comparison.Verdict.choices,
        **tabs(person),
    }
    answer = render(request, "comparisons/comparison.html", context)
    answer["Cache-Control"] = "private, no-store"
    return answer


@login_required
@require_POST
def delete_comparison(request: HttpRequest, comparison_id: uuid.UUID) -> HttpResponse:
    """The answers stay in their chat."""
    _one(request, comparison_id).delete()
    messages.success(request, _("The comparison was removed. Its answers stay in their chat."))
    return redirect("comparisons")


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """All of one's own that are judged, as preference data."""
    kind = KINDS.get(request.GET.get("kind", ""), "all")
    return as_download(keeping.of_person(cast("User", request.user), kind))


def _side(shown: Comparison, message: Message, side: str) -> dict[str, Any]:
    return {
        "side": side,
        "won": shown.verdict == side,
        "name": name_of(message),
        "libraries": used_libraries(message),
        "html": rendered(message.text),
        "failure": message.failure["detail"] if message.error_code else "",
        "sources": [source.to_wire() for source in message.sources.all() if source.cited],
    }


def _one(request: HttpRequest, comparison_id: uuid.UUID) -> Comparison:
    mine = Comparison.objects.visible_to(cast("User", request.user))
    related = ("first__parent", "first__model", "first__assistant", "second__model", "second__assistant")
    rows = mine.select_related(*related, "first__conversation")
    return get_object_or_404(rows.prefetch_related("first__sources", "second__sources"), pk=comparison_id)
