"""Whether there is room for another file: what somebody stores counts against their limit. Synchronous."""

from django.contrib.auth import get_user_model
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from knowledge.models import Document
from providers import budgets
from providers.allowances import allowance

MOST_WAITING = 10_000  # documents in libraries of one person that are queued


class NoRoom(Exception):
    """The text is a sentence for the person."""


class TooManyWait(Exception):
    """Likewise."""


def used_by(user_id: int) -> int:
    """Bytes of all documents in the libraries that are theirs, whoever put them there."""
    return int(Document.objects.filter(library__owner=user_id).aggregate(bytes=Sum("size"))["bytes"] or 0)


def check(user_id: int, more: int, *, final: bool = False) -> None:
    """Whether so many bytes more fit. Raises `NoRoom`.

    `final` is asked inside the transaction that has stored them, one after the other for each person: of two files
    that come at once, the one that does not fit any more is given up. Without a limit nothing is looked up.
    """
    most = allowance(user_id).storage
    if most is None:
        return
    if final:
        get_user_model().objects.select_for_update().get(pk=user_id)
        more = 0  # is counted already
    used = budgets.stored(user_id)
    if used + more > most:
        left = filesizeformat(max(0, most - used)) if not final else filesizeformat(0)
        raise NoRoom(
            _("There is no room for this file: of your %(limit)s, %(left)s are left. Delete something first.")
            % {"limit": filesizeformat(most), "left": left}
        )


def check_queue(user_id: int) -> None:
    """Whether one that was just queued may wait there: the queue is everybody's. Raises `TooManyWait`."""
    waiting = Document.objects.filter(library__owner=user_id, status=Document.Status.QUEUED)
    if waiting.count() > MOST_WAITING:
        raise TooManyWait(
            _("%(number)s of your documents wait to be read. Add more when some of them are ready.")
            % {"number": f"{MOST_WAITING:,}"}
        )


budgets.STORES.append(used_by)
