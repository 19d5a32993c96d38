"""/api/prompts: what `/` in the box of the chat page finds, and one of them in pieces to be filled in."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router
from ninja.errors import HttpError

from chat.models import Prompt
from chat.prompts.variables import VariableError, parsed

router = Router(tags=["prompts"])


@router.get("/prompts")
def list_prompts(request: HttpRequest) -> list[dict[str, Any]]:
    """What this person may use: one's own first. `owner` is empty for one's own."""
    user = request.auth  # type: ignore[attr-defined]
    fields = ("id", "command", "name", "owner_id", "owner__name", "owner__email")
    found = list(Prompt.objects.usable_by(user).select_related("owner").only(*fields))
    found.sort(key=lambda prompt: prompt.owner_id != user.pk)
    return [_summary(prompt, user) for prompt in found]


@router.get("/prompts/{uuid:prompt_id}")
def read_prompt(request: HttpRequest, prompt_id: uuid.UUID) -> dict[str, Any]:
    """Its pieces and variables, with the rights of this moment."""
    user = request.auth  # type: ignore[attr-defined]
    prompt = Prompt.objects.usable_by(user).select_related("owner").filter(pk=prompt_id).first()
    if prompt is None:
        raise Http404
    try:
        found = parsed(prompt.text)
    except VariableError as problem:
        raise HttpError(422, str(problem)) from None
    variables = [variable.to_wire() for variable in found.variables]
    return {**_summary(prompt, user), "pieces": list(found.pieces), "variables": variables}


def _summary(prompt: Prompt, user: Any) -> dict[str, Any]:
    owner = "" if prompt.owner_id == user.pk else prompt.owner.display_name
    return {"id": str(prompt.pk), "command": prompt.command, "name": prompt.name, "owner": owner}
