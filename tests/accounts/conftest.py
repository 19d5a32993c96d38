"""What the tests of accounts share: fresh counts of tries, the sign-up rule, and signing in as a browser does."""

import pytest
from django.core.cache import cache
from django.test import Client

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def signup_is(monkeypatch):
    """signup_is("open"): as if WEBUI_SIGNUP said so."""
    from webui.accounts import adapter, forms, views
    from webui.conf import conf

    def choose(mode):
        for module in (adapter, forms, views):
            monkeypatch.setattr(module, "conf", conf.model_copy(update={"signup": mode}))

    return choose


@pytest.fixture
def pending(db):
    from webui.accounts.models import User

    return User.objects.create_user("wendy@example.org", PASSWORD, is_active=False)


@pytest.fixture
def disabled(db):
    from webui.accounts.models import User

    user = User.objects.create_user("dave@example.org", PASSWORD)
    user.disable()
    return user


def sign_in(client, email, password=PASSWORD, **extra):
    return client.post("/accounts/login/", {"login": email, "password": password}, **extra)


def browser_of(user):
    client = Client()
    client.force_login(user)
    return client
