"""/arena/: a question to two models without names, the vote, and how models stand."""

import uuid
from typing import TYPE_CHECKING, Any, cast

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chat.arena import board as standing
from chat.arena import counting, duels, rights, voting
from chat.arena.topics import TOPICS
from chat.arena.voting import NotNow
from chat.models import Duel
from chat.models.arena import SIDES
from chat.rating.api import as_download
from chat.rating.lines import KINDS
from chat.refusal import CommandRejected
from chat.rendering import rendered
from chat.runner import Closing
from knowledge.models import Library

if TYPE_CHECKING:
    from webui.accounts.models import User

NEWEST = 50  # duels in the list


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
async def arena(request: HttpRequest) -> HttpResponse:
    """Where a question is asked, and one's own earlier duels."""
    user = cast("User", await request.auser())
    if not await sync_to_async(rights.may_play)(user):
        raise Http404
    chosen = [uuid.UUID(one) for one in request.POST.getlist("library") if _is_key(one)]
    problem, question = "", request.POST.get("question", "") or request.GET.get("text", "")
    if request.method == "POST":
        try:
            return redirect("duel", (await duels.begin(user, question, chosen)).pk)
        except CommandRejected as refusal:
            problem = str(refusal)
        except Closing:
            problem = _("The server is being restarted. Try again in a moment.")
    return await sync_to_async(_list)(request, user, question, problem, chosen)


def _list(request: HttpRequest, user: "User", question: str, problem: str, chosen: list[uuid.UUID]) -> HttpResponse:
    context = {
        "part": "arena",
        "duels": list(Duel.objects.visible_to(user)[:NEWEST]),
        "libraries": list(Library.objects.visible_to(user)),
        "chosen": chosen,
        "question": question,
        "problem": problem,
        **_tabs(user),
    }
    return render(request, "arena/arena.html", context, status=422 if problem else 200)


@login_required
@require_safe
def duel(request: HttpRequest, duel_id: uuid.UUID) -> HttpResponse:
    shown = _one(request, duel_id)
    state = duels.state_of(shown)
    sides = [
        {"side": side, **state[side], "html": rendered(state[side]["text"]), "name": _name(shown, side)}
        for side in SIDES
    ]
    context = {
        "part": "arena",
        "duel": shown,
        "sides": sides,
        "ended": state["ended"],
        "may_vote": state["ended"] and shown.complete and not shown.vote,
        "failed": any(state[side]["failed"] for side in SIDES),
        "votes": Duel.Vote.choices,
        **_tabs(cast("User", request.user)),
    }
    answer = render(request, "arena/duel.html", context)
    answer["Cache-Control"] = "private, no-store"
    return answer


@login_required
@require_safe
def duel_state(request: HttpRequest, duel_id: uuid.UUID) -> JsonResponse:
    """How far both are; without names before the vote."""
    answer = JsonResponse(duels.state_of(_one(request, duel_id)))
    answer["Cache-Control"] = "no-store"
    return answer


@login_required
@require_POST
def vote(request: HttpRequest, duel_id: uuid.UUID) -> HttpResponse:
    judged = _one(request, duel_id)
    try:
        voting.vote(judged, request.POST.get("vote", ""), shared="shared" in request.POST)
    except NotNow as why:
        messages.error(request, str(why))
    return redirect("duel", judged.pk)


@login_required
@require_POST
def go_on(request: HttpRequest, duel_id: uuid.UUID) -> HttpResponse:
    """`side` is the answer that the chat goes on with."""
    judged, side = _one(request, duel_id), request.POST.get("side", "")
    try:
        return redirect("chat", voting.go_on(judged, side if side in SIDES else "left").pk)
    except NotNow as why:
        messages.error(request, str(why))
        return redirect("duel", judged.pk)


@login_required
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """The leaderboard, of all votes or of one `topic`."""
    user = cast("User", request.user)
    if not rights.may_view(user):
        raise Http404
    counts = counting.topics()
    topic = request.GET.get("topic", "")
    topic = topic if topic in TOPICS else ""
    rows = counting.board(topic)
    context = {
        "part": "board",
        "rows": [(row, _bar(row, rows)) for row in rows],
        "topic": topic,
        "topics": [(key, words, counts[key]) for key, words in TOPICS.items() if counts[key]],
        "votes": counts[topic] if topic else counts.total(),
        "least": standing.LEAST,
        **_tabs(user),
    }
    return render(request, "arena/board.html", context)


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """All of one's own votes as preference data."""
    kind = KINDS.get(request.GET.get("kind", ""), "all")
    return as_download(counting.of_person(cast("User", request.user), kind))


def _is_key(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False


def _bar(row: standing.Standing, rows: list[standing.Standing]) -> dict[str, int] | None:
    """Where its interval lies among all, in hundredths of the width."""
    rated = [one for one in rows if one.low is not None and one.high is not None]
    if row.rating is None or row.low is None or row.high is None or not rated:
        return None
    least, most = min(one.low or 0 for one in rated), max(one.high or 0 for one in rated)
    width = max(most - least, 1)

    def place(rating: int) -> int:
        return round(4 + 92 * (rating - least) / width)

    return {"low": place(row.low), "at": place(row.rating), "wide": max(place(row.high) - place(row.low), 1)}


def _name(shown: Duel, side: str) -> str:
    return str(getattr(shown, side)) if shown.vote else ""


def _tabs(user: "User") -> dict[str, Any]:
    return {"may_play": rights.may_play(user), "may_view": rights.may_view(user)}


def _one(request: HttpRequest, duel_id: uuid.UUID) -> Duel:
    row = Duel.objects.visible_to(cast("User", request.user)).filter(pk=duel_id).first()
    if row is None:
        raise Http404
    return row
