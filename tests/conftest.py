"""The cast: alice owns, bob is another person, carol is a stranger, root administers. No test sleeps."""

import os
import tempfile
from pathlib import Path

_DATA = Path(tempfile.mkdtemp(prefix="webui-test-"))
for name in [name for name in os.environ if name.startswith(("WEBUI_", "OPENAI_", "OLLAMA_", "TAVILY_", "EMBEDDING_"))]:
    del os.environ[name]
os.environ["WEBUI_DATA"] = str(_DATA)
os.environ["WEBUI_SECRET_KEY"] = "a key for tests only, 0123456789 0123456789 0123456789"
os.environ["WEBUI_PROBE_LOCAL"] = "false"

import pytest  # noqa: E402


def _person(email: str, **fields):
    from webui.accounts.models import User

    return User.objects.create_user(email, "correct horse battery", **fields)


@pytest.fixture
def alice(db):
    return _person("alice@example.org")


@pytest.fixture
def bob(db):
    return _person("bob@example.org")


@pytest.fixture
def carol(db):
    return _person("carol@example.org")


@pytest.fixture
def root(db):
    from webui.accounts.models import User

    return User.objects.create_superuser("root@example.org", "correct horse battery")
