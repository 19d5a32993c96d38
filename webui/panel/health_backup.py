"""The health of backups: when a restore was last proven, and why the newest one was not."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from webui.backup.models import Run
from webui.conf import conf
from webui.panel.health_storage import size
from webui.panel.health_vital import Fact, Vital
from webui.panel.health_work import ago, number


def backup(found: Mapping[str, Any]) -> Vital:
    proven, newest = Run.last_proven(), Run.objects.order_by("-started_at").first()
    common: dict[str, Any] = {"key": "backup", "name": _("Backups"), "facts": _facts(proven)}
    if not conf.backup_folder and newest is None:
        return Vital(
            state="idle",
            said=_("None are made by themselves. Set WEBUI_BACKUP_FOLDER to a folder on another disk."),
            **common,
        )
    age = timezone.now() - proven.started_at if proven else None
    when = _("Last proven restore: %(when)s.") % {"when": ago(age.total_seconds() if age else None)}
    if newest and newest.state == Run.State.FAILED:
        said = _("The newest backup is not proven: %(reason)s") % {"reason": newest.said}
        advice = _("It is tried again within the hour. “manage.py prove_backup” does it now.")
        return Vital(state="down", said=f"{said} {when}", advice=advice, **common)
    if age is None:
        return Vital(state="idle", said=_("The first one is being made. No restore was proven yet."), **common)
    if age > timedelta(hours=2 * conf.backup_hours + 2):
        advice = _("Look whether a worker runs and WEBUI_BACKUP_FOLDER is set; workers make the backups.")
        return Vital(state="warn", said=_("No backup was made for long.") + f" {when}", advice=advice, **common)
    return Vital(state="ok", said=when, **common)


def _facts(proven: Run | None) -> tuple[Fact, ...]:
    if proven is None:
        return ()
    seconds = round((timezone.now() - proven.started_at).total_seconds())
    return (
        Fact(key="proven_seconds", label=_("Last proven restore"), shown=ago(seconds), value=seconds),
        Fact(key="archive", label=_("Its file"), shown=proven.archive),
        size("bytes", _("Size"), proven.bytes),
        number("rows", _("Rows compared"), proven.rows),
        number("files", _("Files compared"), proven.files),
        Fact(key="took_seconds", label=_("A restore takes"), shown=f"{proven.seconds:.0f} s", value=proven.seconds),
    )
