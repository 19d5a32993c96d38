"""Changing a prompt and keeping what it was. Who may do it is asked before, through `Prompt.objects.editable_by`."""

from typing import TYPE_CHECKING

from django.db import transaction

from chat.models import Prompt, PromptVersion
from chat.models.prompt import MOST_VERSIONS

if TYPE_CHECKING:
    from webui.accounts.models import User


@transaction.atomic
def keep(prompt: Prompt, editor: "User") -> None:
    """Store a prompt as it is now; what it said before becomes a version."""
    before = Prompt.objects.select_for_update().filter(pk=prompt.pk).first()
    prompt.updated_by = editor
    prompt.save()
    if before is None or (before.name, before.text) == (prompt.name, prompt.text):
        return
    written = {"name": before.name, "text": before.text, "by": before.updated_by, "written_at": before.updated_at}
    PromptVersion.objects.create(prompt=prompt, **written)
    old = prompt.versions.values_list("pk", flat=True)[MOST_VERSIONS:]
    PromptVersion.objects.filter(pk__in=list(old)).delete()


def restore(version: PromptVersion, editor: "User") -> Prompt:
    """The prompt says again what it said then."""
    prompt = version.prompt
    prompt.name, prompt.text = version.name, version.text
    keep(prompt, editor)
    return prompt
