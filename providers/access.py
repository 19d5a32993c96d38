"""Who may use which model: the one whitelist, asked by the picker, the socket, the API and every background use.

Unknown and forbidden ids get the same answer, so that nobody learns what exists. Raises `ModelNotAllowed`.
"""

from typing import TYPE_CHECKING, Union

from asgiref.sync import sync_to_async
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from providers.models import Model

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from webui.accounts.models import User

    Person = Union[User, AnonymousUser]  # noqa: UP007 - a union of forward references


class ModelNotAllowed(Exception):
    """The text is a sentence for the person who asked."""


def models_for(user: "Person") -> QuerySet[Model]:
    """The chat models this person may use now; for an administrator every one of an enabled connection."""
    usable = Model.objects.filter(connection__enabled=True, present=True, kind=Model.Kind.CHAT)
    usable = usable.select_related("connection")
    if not user.is_active:
        return usable.none()
    if user.is_superuser:
        return usable
    mine = Q(for_everyone=True)
    mine |= Q(pk__in=Model.users.through.objects.filter(user_id=user.pk).values("model_id"))
    mine |= Q(pk__in=Model.groups.through.objects.filter(group__in=user.groups.all()).values("model_id"))
    return usable.filter(mine)


def allowed_model(user: "Person", public_id: str) -> Model:
    """The model of this exact id, with its connection loaded."""
    model = models_for(user).filter(public_id=public_id).first()
    if model is None:
        raise ModelNotAllowed(
            _("The model “%(model)s” does not exist here or you may not use it. Choose another.")
            % {"model": public_id[:100]}
        )
    return model


aallowed_model = sync_to_async(allowed_model)
