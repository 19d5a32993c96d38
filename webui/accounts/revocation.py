"""A right that is taken away counts for what is running: after the change is committed, running answers are looked at.

Sockets are looked at every four seconds (chat/presence.py), programs' answers likewise (chat/gateway/running.py).
"""

from typing import Any

from allauth.account import signals as account
from django.apps import apps
from django.db import models, transaction
from django.db.models.signals import m2m_changed, post_save
from django.http import HttpRequest

from webui.accounts.models import User

COLUMNS = {"is_active", "is_superuser"}


def listen() -> None:
    post_save.connect(_person_changed, sender=User, dispatch_uid="revocation")
    post_save.connect(_model_changed, sender=apps.get_model("providers", "Model"), dispatch_uid="revocation")
    for changed in (account.password_changed, account.password_set, account.password_reset):
        changed.connect(_password_changed, dispatch_uid="revocation")
    for label in (
        "accounts.User_groups",
        "providers.Model_users",
        "providers.Model_groups",
        "chat.Assistant_users",
        "chat.Assistant_groups",
    ):
        m2m_changed.connect(_relation_changed, sender=apps.get_model(label), dispatch_uid="revocation")


def _password_changed(request: HttpRequest, user: User, **_: Any) -> None:
    """Sessions made with the old one are refused by pages anyway; their rows go, too, as sockets are known by these."""
    user.end_sessions(but=request.session.session_key)


def look_again(people: list[int] | None = None) -> None:
    """To be called where rights are changed in bulk, past the signals of single rows."""
    from chat.revoking import recheck

    transaction.on_commit(lambda: recheck(people))


def _person_changed(instance: User, created: bool, update_fields: Any = None, **_: Any) -> None:
    if not created and (update_fields is None or COLUMNS & set(update_fields)):
        look_again([instance.pk])


def _model_changed(created: bool, update_fields: Any = None, **_: Any) -> None:
    if not created and update_fields is not None and "for_everyone" in update_fields:
        look_again()


def _relation_changed(instance: models.Model, action: str, **_: Any) -> None:
    if action in ("post_remove", "post_clear"):
        look_again([instance.pk] if isinstance(instance, User) else None)
