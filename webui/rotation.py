"""Another key for the secrets at rest: every stored secret is opened with the old key and shut with the new one.

What is encrypted is found by itself: columns whose name begins with `encrypted_`, and what second steps keep. All of it
changes in one transaction, or nothing. Raises `RotationFailed`, whose text is a sentence.
"""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import models, transaction

from webui.crypto import Box, SecretUnreadable

PREFIX = "encrypted_"
# What allauth keeps of second steps: the seeds of codes. Passkeys are public keys.
SEEDS = ("secret", "seed")
Change = Callable[[str], str]


class RotationFailed(Exception):
    """Nothing was changed."""


def new_key() -> str:
    return secrets.token_urlsafe(48)


def rotate(old: str, new: str) -> dict[str, int]:
    """{what: how many secrets}: all of them can be read with `new` afterwards, and with nothing else."""
    before, after = Box(old), Box(new)
    with transaction.atomic():
        return _all(lambda stored: after.encrypt(before.decrypt(stored)))


def readable_with(key: str) -> bool:
    """Whether every stored secret opens with it."""
    box = Box(key)
    try:
        with transaction.atomic():
            _all(lambda stored: (box.decrypt(stored), stored)[1])
    except RotationFailed:
        return False
    return True


def columns() -> Iterator[tuple[type[models.Model], str]]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.name.startswith(PREFIX):
                yield model, field.name


def _all(change: Change) -> dict[str, int]:
    counted: dict[str, int] = {}
    for model, name in columns():
        counted[f"{model._meta.label_lower}.{name}"] = _column(model, name, change)
    counted["second steps"] = _second_steps(change)
    return {what: number for what, number in counted.items() if number}


def _column(model: type[models.Model], name: str, change: Change) -> int:
    """By UPDATE: no listener is to think that somebody entered something."""
    number = 0
    for pk, stored in model._base_manager.exclude(**{name: ""}).values_list("pk", name):
        model._base_manager.filter(pk=pk).update(**{name: _changed(stored, change, f"{model._meta.verbose_name} {pk}")})
        number += 1
    return number


def _second_steps(change: Change) -> int:
    number = 0
    for row in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN):
        data: dict[str, Any] = dict(row.data)
        for name in SEEDS:
            if data.get(name):
                data[name] = _changed(data[name], change, f"the second step of person {row.user_id}")
                number += 1
        if codes := data.get("migrated_codes"):
            data["migrated_codes"] = [_changed(code, change, f"the codes of person {row.user_id}") for code in codes]
            number += len(codes)
        Authenticator.objects.filter(pk=row.pk).update(data=data)
    return number


def _changed(stored: str, change: Change, what: str) -> str:
    try:
        return change(stored)
    except SecretUnreadable:
        raise RotationFailed(
            f"The secret of {what} was stored with yet another key, so nothing was changed. Enter it again or take it"
            " away, then come back."
        ) from None
