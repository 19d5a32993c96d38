"""Signed-in people straight in the database: `python -m tests.bench.parts.people COUNT` prints their session keys.

Nobody has a password, so that five hundred people cost no hashing; their sessions are made by Django's own engine.
"""

import json
import os
import sys

from tests.waiting import eventually


def sessions(count: int) -> list[str]:
    from django.contrib.auth.hashers import make_password
    from django.db import transaction
    from django.utils import timezone

    from providers.models import Model
    from webui.accounts.models import User

    eventually(Model.objects.filter(present=True).exists, seconds=30)
    emails = [f"person{number:04d}@example.org" for number in range(count)]
    nobody = make_password(None)
    with transaction.atomic():
        people = [User(email=email, password=nobody, approved_at=timezone.now()) for email in emails]
        User.objects.bulk_create(people, ignore_conflicts=True)
        return [_session(user) for user in User.objects.filter(email__in=emails).order_by("email")]


def _session(user: object) -> str:
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webui.settings")
    import django

    django.setup()
    print(json.dumps(sessions(int(sys.argv[1]))))
