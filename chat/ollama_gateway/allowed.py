"""The models of Ollama servers that a caller may use: the whitelist, the key, and nothing else."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from chat.gateway.callers import Caller
from chat.ollama_gateway.problems import OllamaProblem
from providers.access import models_for
from providers.models import Connection, Model

_LATEST = ":latest"


def allowed(caller: Caller, *kinds: str) -> list[Model]:
    """All of them, of these kinds: by default for chats and for embeddings."""
    return [
        model
        for kind in kinds or (Model.Kind.CHAT, Model.Kind.EMBEDDING)
        for model in models_for(caller.user, kind).filter(connection__kind=Connection.Kind.OLLAMA)
        if caller.may_name(model.public_id)
    ]


def named(caller: Caller, name: str, *kinds: str) -> Model:
    """The one that is named, with its connection. Of a forbidden one nobody learns more than of none."""
    wanted = set(_names(name))
    for kind in kinds or (Model.Kind.CHAT, Model.Kind.EMBEDDING):
        found = models_for(caller.user, kind).filter(connection__kind=Connection.Kind.OLLAMA, public_id__in=wanted)
        for model in sorted(found, key=lambda model: model.public_id != name):
            if caller.may_name(model.public_id):
                return model
    sentence = _("The model “%(model)s” does not exist here or you may not use it. Choose another.")
    raise OllamaProblem(sentence % {"model": name[:100]}, code="model_not_found", status=404)


def _names(name: str) -> Iterator[str]:
    """Without a tag it is the latest, as Ollama reads names."""
    yield name
    if name.endswith(_LATEST):
        yield name.removesuffix(_LATEST)
    elif ":" not in name.rpartition("/")[2]:
        yield name + _LATEST
