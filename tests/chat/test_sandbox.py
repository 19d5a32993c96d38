"""The page that a drawing gets: for who is signed in, framed by us alone, shut off from all else."""

import pytest

pytestmark = pytest.mark.django_db


def test_the_sandbox_is_shut_off_and_framed_by_this_site_alone(client, alice):
    assert client.get("/sandbox/").status_code == 302
    client.force_login(alice)
    answer = client.get("/sandbox/")
    policy = dict(rule.split(" ", 1) for rule in answer["Content-Security-Policy"].split("; "))
    assert policy["sandbox"] == "allow-scripts"
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'self'"
    assert "'self'" not in policy["script-src"]
    assert "connect-src" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "alice" not in answer.content.decode()
