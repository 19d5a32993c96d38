"""The cast: alice owns, bob is another person, carol is a stranger, root administers. No test sleeps."""

import atexit
import os
import shutil
import tempfile
import time
from pathlib import Path

_DATA = Path(tempfile.mkdtemp(prefix="webui-test-"))
atexit.register(shutil.rmtree, _DATA, ignore_errors=True)
for name in [name for name in os.environ if name.startswith(("WEBUI_", "OPENAI_", "OLLAMA_", "TAVILY_", "EMBEDDING_"))]:
    del os.environ[name]
os.environ["WEBUI_DATA"] = str(_DATA)
os.environ["WEBUI_SECRET_KEY"] = "a key for tests only, 0123456789 0123456789 0123456789"
os.environ["WEBUI_PROBE_LOCAL"] = "false"
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

from tests.servers.fresh import put_database  # noqa: E402
from tests.servers.processes import free_port  # noqa: E402

# Nothing listens there until a test asks for the fixtures `chroma_server` and `embedder`.
os.environ["CHROMA_URL"] = f"http://127.0.0.1:{free_port()}"
os.environ["WEBUI_EMBEDDER_URL"] = f"http://127.0.0.1:{free_port()}"

import django  # noqa: E402
import pytest  # noqa: E402
from django.contrib.auth.signals import user_logged_in  # noqa: E402

# Here, and not by pytest-django before this file: the settings read the environment above.
django.setup()


def pytest_collection_modifyitems(items):
    """Browser tests come last: Playwright's sync API keeps an event loop, beside which no async test can run."""
    items.sort(key=lambda item: "/browser/" in str(item.path))


@pytest.fixture(scope="session")
def django_db_keepdb():
    """On SQLite the tests begin with a copy of a database that was made before."""
    from django.db import connection

    if connection.vendor != "sqlite":
        return False
    put_database(connection.settings_dict["TEST"]["NAME"])
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """On PostgreSQL, threads that a test has left behind would keep the database from being removed.

    A database that is emptied after a test gets no rows of permissions and content types again, which nothing here asks
    for: 4 instead of 63 ms of each of the tests that do so.
    """
    from django.contrib.auth.management import create_permissions
    from django.contrib.contenttypes.management import create_contenttypes
    from django.db.models.signals import post_migrate

    post_migrate.disconnect(create_permissions, dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.disconnect(create_contenttypes)
    yield
    from django.db import connection

    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def _person(email: str, **fields):
    from webui.accounts.models import User

    return User.objects.create_user(email, "correct horse battery", **fields)


@pytest.fixture(scope="session", autouse=True)
def static_files_listed_once():
    """Each test client has middleware of its own, and WhiteNoise looks at every static file when it is made: 70 ms."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    list_files, known = WhiteNoiseMiddleware.add_files_from_finders, {}

    def add_files(self):
        if not known:
            list_files(self)
            known.update(self.files)
        self.files.update(known)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add_files)
        yield


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


@pytest.fixture(autouse=True)
def nothing_counted():
    """Limits, counts and a language are kept in memory for some time, longer than the database of a test."""
    from django.utils import translation

    from providers import allowances, counting
    from webui.accounts import rules
    from webui.audit import reading
    from webui.banners import current

    yield
    translation.deactivate()  # a page that was read in Chinese leaves its language behind in this thread
    allowances.forget()
    counting.forget()
    rules.forget()
    reading.forget()
    current.forget()


def _as_just_signed_in(request, user, **_):
    """`force_login` leaves no note of how one signed in, which keys and roles ask for (webui/accounts/fresh.py)."""
    if not request.META.get("REMOTE_ADDR"):
        note = {"method": "password", "at": time.time(), "reauthenticated": True}
        request.session["account_authentication_methods"] = [note]
        request.session["account_authentication_methods_user"] = str(user.pk)


user_logged_in.connect(_as_just_signed_in)


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory):
    from tests.servers.chroma import chroma_at

    server = chroma_at(os.environ["CHROMA_URL"], tmp_path_factory.mktemp("chroma")).start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def embedder():
    from tests.servers.embedder import embedder_at, warm

    server = warm(embedder_at(os.environ["WEBUI_EMBEDDER_URL"]).start())
    yield server
    server.stop()


@pytest.fixture(scope="session")
def llama_server():
    """A real small model behind llama.cpp's own server: `.url` is for a connection, `.model` the id it answers to."""
    from tests.servers.llama import llama_with

    server = llama_with().start()
    yield server
    server.stop()
