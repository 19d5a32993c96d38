"""A limit that was reached, in words for the person: which one, and when it renews."""

from datetime import datetime

from django.utils import timezone
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

SOON = 5  # seconds after which it is worth another try, when nobody knows how long running answers take


class OverBudget(Exception):
    """The text is a sentence in the language that is spoken when it is read. `renews_at` is None when it is not time
    that frees something but the end of an answer that is being written.
    """

    code = "over_budget"

    def __init__(self, kind: str, limit: int, renews_at: datetime | None, *, of_key: bool = False) -> None:
        super().__init__(kind, limit)
        self.kind = kind
        self.limit = limit
        self.renews_at = renews_at
        self.of_key = of_key
        self.cuts = False  # an answer that was being written

    @property
    def retry_after(self) -> int:
        """Seconds."""
        if self.renews_at is None:
            return SOON
        return max(1, int((self.renews_at - timezone.now()).total_seconds()) + 1)

    def __str__(self) -> str:
        return f"{_('The answer ends here.')} {self._sentence()}" if self.cuts else self._sentence()

    def _sentence(self) -> str:
        if self.kind == "answers_at_once":
            return self._at_once()
        limit = f"{self.limit:,}"
        if self.renews_at is None:
            return self._reserved() % {"limit": limit}
        return self._used_up() % {"limit": limit, "wait": _wait(self.renews_at)}

    def _at_once(self) -> str:
        if self.of_key:
            sentence = ngettext(
                "This API key may have %(limit)s answer at once, and one is being written. Try again when it has"
                " ended.",
                "This API key may have %(limit)s answers at once, and so many are being written. Try again when one of"
                " them has ended.",
                self.limit,
            )
        else:
            sentence = ngettext(
                "You may have %(limit)s answer at once, and one is being written. Ask again when it has ended.",
                "You may have %(limit)s answers at once, and so many are being written. Ask again when one of them has"
                " ended.",
                self.limit,
            )
        return sentence % {"limit": self.limit}

    def _reserved(self) -> str:
        if self.kind == "tokens_day":
            return _(
                "What is left of your %(limit)s tokens for today is held by answers that are being written. Ask again"
                " when they have ended."
            )
        return _(
            "What is left of your %(limit)s tokens for this minute is held by answers that are being written. Ask again"
            " when they have ended."
        )

    def _used_up(self) -> str:
        match (self.kind, self.of_key):
            case ("tokens_day", True):
                return _("The %(limit)s tokens of this API key for today are used up. They renew in %(wait)s.")
            case ("tokens_day", False):
                return _("Your %(limit)s tokens for today are used up. They renew in %(wait)s.")
            case (_kind, True):
                return _("The %(limit)s tokens of this API key for this minute are used up. They renew in %(wait)s.")
        return _("Your %(limit)s tokens for this minute are used up. They renew in %(wait)s.")


def _wait(moment: datetime) -> str:
    """Relative, since nobody has told us what the person's clock shows."""
    seconds = max(1, round((moment - timezone.now()).total_seconds()))
    if seconds < 60:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    return timeuntil(moment, depth=2)
