"""Who may use which model: the one whitelist, asked by the picker, the socket, the API and every background use.

Unknown and forbidden ids get the same answer, so that nobody learns what exists. Raises `ModelNotAllowed`.
"""

import functools
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Union

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from providers.models import Connection, Model, NewModels
from webui.prepared import Prepared

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from webui.accounts.models import User

    Person = Union[User, AnonymousUser]  # noqa: UP007 - a union of forward references


class ModelNotAllowed(Exception):
    """The text is a sentence for the person who asked."""


def models_for(user: "Person", kind: str = Model.Kind.CHAT) -> QuerySet[Model]:
    """The models this person may use now to chat, or of another kind; for an administrator all that are enabled."""
    usable = _usable(kind)
    if not user.is_active:
        return usable.none()
    if user.is_superuser:
        return usable
    mine = Q(for_everyone=True)
    mine |= Q(pk__in=Model.users.through.objects.filter(user_id=user.pk).values("model_id"))
    mine |= Q(pk__in=Model.groups.through.objects.filter(group__in=user.groups.all()).values("model_id"))
    return usable.filter(mine)


def allowed_model(user: "Person", public_id: str, found: Mapping[str, Model] | None = None) -> Model:
    """The model of this exact id, with its connection loaded; `found` is what `models_named` gave for several."""
    model = (models_named([public_id]) if found is None else found).get(public_id)
    if model is None or not _may_use(user, model):
        raise ModelNotAllowed(
            _("The model “%(model)s” does not exist here or you may not use it. Choose another.")
            % {"model": public_id[:100]}
        )
    return model


def models_named(public_ids: Collection[str]) -> dict[str, Model]:
    """Models that could be used at all, by id, for people whose rights are looked at one by one in `allowed_model`."""
    wanted = {name for name in public_ids if "\0" not in name}  # PostgreSQL refuses the whole question for it
    found = _named(*wanted) if len(wanted) == 1 else _usable().filter(public_id__in=wanted)
    return {model.public_id: model for model in found}


def people_of(models: Iterable[Model]) -> dict[int, set[int]]:
    """The whitelist read the other way: for each model the ids of the people whom `models_for` gives it."""
    people = get_user_model().objects.filter(is_active=True)
    active, administrators = set(people.values_list("pk", flat=True)), people.filter(is_superuser=True)
    rulers = set(administrators.values_list("pk", flat=True))
    usable = {model.pk: model for model in _usable().filter(pk__in=[model.pk for model in models])}
    named: dict[int, set[int]] = {pk: set(rulers) for pk in usable}
    by_hand = Model.users.through.objects.filter(model__in=usable).values_list("model_id", "user_id")
    in_groups = Model.groups.through.objects.filter(model__in=usable).values_list("model_id", "group__user")
    for pk, user in (*by_hand, *in_groups):
        named[pk].add(user)
    named |= {pk: active for pk, model in usable.items() if model.for_everyone}
    return {model.pk: named.get(model.pk, set()) & active for model in models}


def admit(model: Model) -> None:
    """Give a model that was found for the first time to whom the rule for its connection says: else to nobody."""
    rule = rule_for(model.connection)
    if rule is None:
        # Who names a server in the environment means it for all who may sign in.
        everyone = model.connection.from_environment
    else:
        everyone = rule.rule == NewModels.Rule.EVERYONE
        if rule.rule == NewModels.Rule.GROUPS:
            model.groups.add(*rule.groups.all())
    if everyone:
        model.for_everyone = True
        model.save(update_fields=["for_everyone"])


def rule_for(connection: Connection) -> NewModels | None:
    """The rule of the connection itself, else the one for all others, else none."""
    rules = NewModels.objects.filter(Q(connection=connection) | Q(connection=None))
    return max(rules, key=lambda rule: rule.connection_id is not None, default=None)


def _usable(kind: str = Model.Kind.CHAT) -> QuerySet[Model]:
    return _usable_once(kind).all()


@functools.cache
def _usable_once(kind: str) -> QuerySet[Model]:
    """Built once, since every question asks for it; never evaluated itself."""
    usable = Model.objects.filter(connection__enabled=True, present=True, kind=kind, replica_of=None)
    return usable.select_related("connection")


# One model for one question is what is asked nearly always.
_named = Prepared(lambda public_id: _usable().filter(public_id=public_id), "the public id")


def _may_use(user: "Person", model: Model) -> bool:
    """Mostly clear without a query; who was named by hand is asked for in the same words as the picker's."""
    if user.is_active and (user.is_superuser or model.for_everyone):
        return True
    return models_for(user).filter(pk=model.pk).exists()


aallowed_model = sync_to_async(allowed_model)
