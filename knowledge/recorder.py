"""What happened to a file, step by step, in words: the flight recorder shown with each document.

A step is stored as its name and values (`Document.note`); this puts it into the language of whoever looks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from knowledge.models import Document

SENTENCES = {
    "taken": gettext_noop("A worker took it (attempt %(attempt)s)."),
    "read": gettext_noop("Read by %(parser)s in %(seconds)s s: %(characters)s characters."),
    "pages": gettext_noop("%(pages)s pages, %(without)s of them without text."),
    "cut": gettext_noop("Cut into %(chunks)s passages."),
    "copied": gettext_noop("This content was read before: %(chunks)s passages with their vectors taken over."),
    "embedded": gettext_noop(
        "Embedded with %(model)s: %(chunks)s passages; batches: %(batches)s; already there: %(kept)s."
    ),
    "indexed": gettext_noop("Put into the index: %(chunks)s vectors and their words."),
    "proved": gettext_noop("Checked: %(probes)s of its own passages were asked for, and all came back."),
    "waits": gettext_noop("Waits %(seconds)s s and is tried again: %(reason)s"),
    "failed": gettext_noop("Failed: %(reason)s"),
    "cancelled": gettext_noop("Cancelled."),
    "lost": gettext_noop("%(lost)s changes of passages were lost: what they changed is not in the document any more."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the record; `is_trouble` is shown as such."""

    at: datetime
    text: str
    is_trouble: bool = False


def record_of(document: Document) -> list[Entry]:
    """Oldest first, beginning with its arrival."""
    stored = _("Stored: %(size)s bytes, SHA-256 %(hash)s…") % {
        "size": document.size,
        "hash": document.sha256[:12],
    }
    entries = [Entry(at=document.created_at, text=stored), *map(_entry, document.steps)]
    if document.proved_at and document.proved_at - entries[-1].at > timedelta(minutes=1):
        said = _("Checked again: passages of it were asked for, and all came back. This is repeated every day.")
        entries.append(Entry(at=document.proved_at, text=said))
    return entries


def notes_of(document: Document) -> list[str]:
    """What the reader said of the file besides its text."""
    return [_filled(sentence, values) for sentence, values in document.facts.get("notes", ())]


def _entry(step: dict[str, Any]) -> Entry:
    values = dict(step)
    if "reason" in values:
        values["reason"] = _filled(values["reason"], values.get("values") or {})
    sentence = SENTENCES.get(step["step"], "%(step)s")
    return Entry(
        at=datetime.fromisoformat(step["at"]),
        text=_(sentence) % values,
        is_trouble=step["step"] in ("failed", "waits", "lost"),
    )


def _filled(sentence: str, values: dict[str, Any]) -> str:
    said = _(sentence) if sentence else ""
    return said % values if values else said
