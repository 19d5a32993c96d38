"""Whether the tables of the database fit this program. A database that is newer, or too old, is not touched."""

from dataclasses import dataclass

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from webui.version import own_version

# Those of others come and go with their packages.
OURS = ("accounts", "audit", "backup", "banners", "providers", "knowledge", "chat")


@dataclass(frozen=True, kw_only=True)
class Schema:
    """Steps that are missing in the database, and steps of it that this program does not know."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]

    def refusal(self) -> str:
        """Why this program must not use the database; empty when it may, or may bring it up to date."""
        if self.unknown:
            return (
                f"The database is newer than this program (webui {own_version()} does not know {self.unknown[0]})."
                " It is left alone: start the newer webui again, or restore a backup from before."
            )
        return ""

    def wait(self) -> str:
        """Why a process that may not migrate cannot begin yet."""
        if self.missing:
            return (
                f"The database is older than this program ({self.missing[0]} is missing). The web process brings it up"
                " to date at its start; so does “manage.py migrate”."
            )
        return self.refusal()


def look() -> Schema:
    shipped = {name for name in MigrationLoader(None).disk_migrations if name[0] in OURS}
    applied = {name for name in MigrationRecorder(connection).applied_migrations() if name[0] in OURS}
    return Schema(
        missing=tuple(sorted(".".join(name) for name in shipped - applied)),
        unknown=tuple(sorted(".".join(name) for name in applied - shipped)),
    )
