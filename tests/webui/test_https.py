"""What an installation with a public https address runs with; the settings are those that are shipped."""

import json
import os
import subprocess
import sys

import pytest

from webui.conf import ROOT

LOOK = """
import json, django
django.setup()
from django.conf import settings
from django.contrib.auth.hashers import get_hasher
from django.core.checks import run_checks
from django.test import Client
answer = Client(SERVER_NAME="chat.example").get("/healthz", secure=True)
names = [name for name in dir(settings) if name.startswith(("SESSION_COOKIE", "CSRF_COOKIE")) or name == "DEBUG"]
print(json.dumps({
    **{name: getattr(settings, name) for name in names},
    "hash": [get_hasher().algorithm, get_hasher().iterations],
    "hosts": settings.ALLOWED_HOSTS,
    "headers": dict(answer.headers),
    "silenced": settings.SILENCED_SYSTEM_CHECKS,
    "remarks": sorted(one.id for one in run_checks(tags=["security"], include_deployment_checks=True)),
}))
"""


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WEBUI_", "DJANGO_"))}
    env = kept | {
        "DJANGO_SETTINGS_MODULE": "webui.settings",
        "WEBUI_BASE_URL": "https://chat.example",
        "WEBUI_DATA": str(tmp_path_factory.mktemp("https")),
    }
    done = subprocess.run([sys.executable, "-c", LOOK], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_cookies_go_over_https_to_this_host_alone_and_no_script_reads_the_session(shipped):
    assert shipped["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert shipped["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert shipped["SESSION_COOKIE_SECURE"] is shipped["CSRF_COOKIE_SECURE"] is True
    assert shipped["SESSION_COOKIE_HTTPONLY"] is True
    assert shipped["SESSION_COOKIE_SAMESITE"] == shipped["CSRF_COOKIE_SAMESITE"] == "Lax"
    # What the prefix asks for besides.
    assert shipped["SESSION_COOKIE_DOMAIN"] is shipped["CSRF_COOKIE_DOMAIN"] is None
    assert shipped["SESSION_COOKIE_PATH"] == shipped["CSRF_COOKIE_PATH"] == "/"


def test_browsers_come_back_by_https_for_a_year_and_sockets_use_it(shipped):
    assert "max-age=31536000" in shipped["headers"]["Strict-Transport-Security"]
    assert "connect-src 'self' wss://chat.example" in shipped["headers"]["Content-Security-Policy"]


def test_nothing_of_a_developers_machine_is_on(shipped):
    assert shipped["DEBUG"] is False
    assert "*" not in shipped["hosts"]
    assert shipped["hash"][0] == "pbkdf2_sha256"
    assert shipped["hash"][1] >= 600_000


def test_djangos_own_checks_find_only_what_is_the_proxys_or_the_owners_to_decide(shipped):
    # W002: webui/security.py forbids framing instead. W008: the proxy turns http into https. W005, W021: whether HSTS
    # counts for other hosts of the domain is its owner's to say.
    assert shipped["remarks"] == shipped["silenced"], "`check --deploy` is clean, and silent about nothing else"
    assert shipped["remarks"] == ["security.W002", "security.W005", "security.W008", "security.W021"]
    assert shipped["headers"]["X-Frame-Options"] == "DENY"
