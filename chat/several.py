"""Several models on one question: who of them may answer, and who is refused with a sentence of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chat import assistants
from chat.assistants import Choice, Known
from chat.attachments import sending
from chat.models import Attachment
from chat.refusal import CommandRejected
from providers.access import ModelNotAllowed

if TYPE_CHECKING:
    from webui.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A model that is not asked: `detail` says why, where its answer would stand."""

    public_id: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The models of one question, looked at one by one."""

    choices: Sequence[Choice]
    refused: Sequence[Refused] = ()


def judged(user: "User", ids: Sequence[str], found: Known | None, files: Sequence[Attachment] = ()) -> Judged:
    """Who may be asked, with these files. Raises `CommandRejected`, in the words of the first, when nobody may."""
    known = assistants.known(ids) if found is None else found
    choices: list[Choice] = []
    refused: list[Refused] = []
    for public_id in ids:
        try:
            choice = assistants.chosen(user, [public_id], known)[0]
            sending.check_seen(user, [choice.model], files)
        except ModelNotAllowed as refusal:
            refused.append(Refused(public_id=public_id, code="not_allowed", detail=str(refusal)))
        except CommandRejected as refusal:
            refused.append(Refused(public_id=public_id, code=refusal.code, detail=str(refusal)))
        else:
            choices.append(choice)
    if not choices:
        raise CommandRejected(refused[0].detail, code=refused[0].code)
    return Judged(choices=choices, refused=refused)
