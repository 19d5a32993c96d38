"""What hearing and speaking takes of a person's limits, and where it is counted: as for any other answer."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from chat.database import in_database
from chat.gateway import errors
from chat.gateway.callers import Caller
from chat.gateway.errors import ApiProblem
from chat.voice.chosen import chosen, model_of
from providers import budgets, counting
from providers.access import models_for
from providers.budgets import Claim, OverBudget
from providers.models import Model, Usage

# Written into programs that know OpenAI's models alone: they mean the one that was chosen here.
HABITS = {
    Model.Kind.TRANSCRIPTION: {"", "default", "whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe"},
    Model.Kind.SPEECH: {"", "default", "tts-1", "tts-1-hd", "gpt-4o-mini-tts"},
}
PURPOSES = {
    Model.Kind.TRANSCRIPTION: Usage.Purpose.TRANSCRIPTION,
    Model.Kind.SPEECH: Usage.Purpose.SPEECH,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who wants something of which model, and what is held of their limits for it."""

    caller: Caller
    model: Model
    claim: Claim | None


def order(caller: Caller, kind: Model.Kind, name: str, estimate: int) -> Order:
    """Synchronous. Raises `ApiProblem`."""
    model = _model(caller, kind, name)
    try:
        return Order(caller=caller, model=model, claim=budgets.claim(caller.user, estimate=estimate, key=caller.key))
    except OverBudget as refusal:
        raise errors.of_limit(refusal) from None


async def settle(done: Order, prompt: int, completion: int) -> None:
    """However it ended."""
    if prompt or completion:
        counting.count(
            done.caller.user.pk,
            done.model.public_id,
            PURPOSES[Model.Kind(done.model.kind)],
            prompt=prompt,
            completion=completion,
            key=done.caller.key_id,
        )
    if done.claim is not None:
        await in_database(budgets.settle, done.claim, prompt, completion)


def _model(caller: Caller, kind: Model.Kind, name: str) -> Model:
    found = models_for(caller.user, kind).filter(public_id=name).first() if name and "\0" not in name else None
    if found is None and name in HABITS[kind]:
        found = model_of(caller.user, kind)
        if found is None and chosen().of(kind) is None:
            sentence = _("Nothing is set up here for this yet. An administrator can choose a model under Voice.")
            raise ApiProblem(sentence, code="model_not_found", status=404, param="model")
    if found is not None and caller.may_name(found.public_id):
        return found
    sentence = _("The model “%(model)s” does not exist here or you may not use it. Choose another.")
    raise ApiProblem(sentence % {"model": name[:100]}, code="model_not_found", status=404, param="model")
