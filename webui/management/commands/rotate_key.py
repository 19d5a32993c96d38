"""`manage.py rotate_key`: another WEBUI_SECRET_KEY, without entering anything anew."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webui import rotation
from webui.audit.entries import command, record
from webui.conf import conf


class Command(BaseCommand):
    help = (
        "Encrypts every stored secret with a new key. Stop webui first. The new key is written to a file that only you"
        " can read, and is never printed; people sign in again, as sessions are signed with it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """The new key is on the disk before anything depends on it: cut at any moment, the next run ends the work."""
        draft = conf.data / "secret_key.new"
        if draft.exists():
            self._go_on(draft)
            return
        new = rotation.new_key()
        write_privately(draft, new)
        try:
            changed = rotation.rotate(conf.secret_key, new)
        except rotation.RotationFailed as refusal:
            draft.unlink()
            raise CommandError(str(refusal)) from None
        command.set("manage.py rotate_key")
        record("key rotated", after=changed)
        for what, number in changed.items():
            self.stdout.write(f"{number:5}  {what}")
        self._take(draft)

    def _go_on(self, draft: Path) -> None:
        """A run that was cut, or a key of the environment that was not changed yet."""
        if conf.secret_key_text == draft.read_text().strip() and rotation.readable_with(conf.secret_key):
            draft.unlink()
            self.stdout.write(
                "The new key is in use everywhere; its file is removed. Run it again to rotate once more."
            )
        elif rotation.readable_with(draft.read_text().strip()):
            self.stdout.write("An earlier run has encrypted everything with the new key already.")
            self._take(draft)
        else:
            draft.unlink()
            self.stdout.write("An earlier run was cut before anything was changed. Run it again.")

    def _take(self, draft: Path) -> None:
        if conf.secret_key_text:
            self.stdout.write(
                f"Now set WEBUI_SECRET_KEY to what stands in {draft}, for every process, and start webui again."
                " Then run this once more, which removes the file."
            )
            return
        os.replace(draft, conf.data / "secret_key")
        self.stdout.write(f"The new key lies in {conf.data / 'secret_key'}. Start webui again, and keep a copy apart.")


def write_privately(path: Path, text: str) -> None:
    """On the disk before this returns, and readable by its owner alone."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
