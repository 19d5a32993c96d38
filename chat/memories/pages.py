"""/account/memories/: what the account page's list of memories sends. Works without script."""

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.memories import keeping
from chat.memories.keeping import NotKept
from chat.models import Memory

if TYPE_CHECKING:
    from webui.accounts.models import User


@login_required
@require_POST
def memories(request: HttpRequest) -> HttpResponse:
    """`do` is on, off, add, change, forget or all; `memory` names a line."""
    user, text = cast("User", request.user), request.POST.get("text", "")
    try:
        match request.POST.get("do"):
            case "on" | "off" as wanted:
                keeping.switch(user, wanted == "on")
            case "add":
                keeping.keep(user, text)
            case "change":
                keeping.change(_one(request), text)
            case "forget":
                keeping.forget(user, _one(request))
            case "all":
                keeping.forget(user)
            case _:
                return redirect("account")
        messages.success(request, _("Saved."))
    except NotKept as why:
        messages.error(request, str(why))
    answer = redirect("account")
    answer["Location"] += "#memories"
    return answer


def _one(request: HttpRequest) -> Memory:
    number = request.POST.get("memory", "")
    mine = Memory.objects.filter(person=cast("User", request.user))
    row = mine.filter(pk=int(number)).first() if number.isascii() and number.isdecimal() and len(number) < 19 else None
    if row is None:
        raise Http404
    return row
