"""What an administrator sees from outside: lines of the log, names of requests, settings, a doctor, a release."""

import io
import json
import logging
import subprocess
import sys

import pytest
from django.core.management import call_command

from tests.servers.house import ROOT
from webui import logs, request_ids, schema
from webui.conf import conf, setting_sources
from webui.version import own_version


def line_of(formatter, text, *args, error=None):
    exc_info = (type(error), error, None) if error else None
    return formatter.format(logging.LogRecord("chat.keeper", logging.WARNING, "", 0, text, args, exc_info))


@pytest.fixture
def named():
    request_ids.begin("a-request-of-alice")
    yield "a-request-of-alice"
    request_ids._current.set("")


def test_nobody_can_begin_a_line_of_the_log(named):
    forged = "plan.txt\n2026-01-01 00:00:00 ERROR webui: root signed in\u2028\x1b[31m"
    line = line_of(logs.TextLines(), "could not read %s", forged)
    assert len(line.splitlines()) == 1
    assert r"plan.txt\n2026" in line
    assert "[a-request-of-alice]" in line
    with_trace = line_of(logs.TextLines(), "failed", error=ValueError("a\nERROR forged"))
    assert all(part.startswith("    ") for part in with_trace.splitlines()[1:])


def test_a_line_for_programs_is_one_object(named):
    line = line_of(logs.JsonLines(), "could not read %s", "a\nb", error=ValueError("no"))
    assert len(line.splitlines()) == 1
    found = json.loads(line)
    assert (found["level"], found["logger"], found["request"]) == ("warning", "chat.keeper", "a-request-of-alice")
    assert found["text"] == "could not read a\nb"
    assert "ValueError: no" in found["traceback"]


PLANTED = "the-password-of-alices-diary"


@pytest.mark.django_db
def test_what_servers_readers_and_the_database_quote_is_in_no_line_of_the_log(caplog, alice):
    from django.db import IntegrityError, connection, transaction

    from chat.models import Conversation
    from knowledge.parsing.isolation import kind_of
    from providers.failures import failure_from
    from providers.openai_compatible import OpenAIProvider
    from providers.tools.mcp_servers import _sentence

    caplog.set_level(logging.DEBUG)
    server = OpenAIProvider("http://127.0.0.1:1/v1", "k")
    failure = server._noted(failure_from(400, {"error": {"message": f"cannot read {PLANTED!r}"}}))
    assert PLANTED in failure.said, "for who asked"
    _sentence(RuntimeError(f"no tool for {PLANTED}"))
    assert kind_of(f"Traceback\n  x\nValueError: cannot read {PLANTED}".encode()) == "ValueError"
    assert kind_of(PLANTED.encode() + b" is no number") == "no reason"
    assert PLANTED not in caplog.text
    if connection.vendor == "postgresql":
        Conversation.objects.create(owner=alice, title=PLANTED)
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            Conversation.objects.update(owner=None)
        assert PLANTED in str(refused.value)
        for form in (logs.TextLines(), logs.JsonLines()):
            lines = line_of(form, "failed (%s)", refused.value, error=refused.value)
            assert "violates" in lines
            assert PLANTED not in lines


async def answered(headers=(), status=200):
    """What the outermost application says to a request, and which name was known inside."""
    seen, sent = [], []

    async def inner(scope, receive, send):
        seen.append(request_ids.current())
        await send({"type": "http.response.start", "status": status, "headers": []})

    async def send(event):
        sent.append(event)

    await request_ids.Named(inner)({"type": "http", "headers": list(headers)}, None, send)
    return seen[0], dict(sent[0]["headers"])[b"x-request-id"].decode()


async def test_every_request_has_a_name_of_its_own_which_its_answer_says():
    first, said = await answered()
    second, _said = await answered()
    assert first == said
    assert first != second


@pytest.mark.parametrize(
    ("given", "believed"),
    [(b"proxy-0123456789", True), (b"short", False), (b"a\r\nSet-Cookie: x", False), (b"x" * 200, False)],
)
async def test_a_name_from_a_proxy_is_kept_when_it_is_well_formed(given, believed):
    inside, said = await answered([(b"x-request-id", given)])
    assert (inside.encode() == given) is believed
    assert inside == said


def test_an_error_page_says_the_name(named, client, db):
    assert "a-request-of-alice" in client.get("/no-such-page/").content.decode()


def test_settings_are_listed_with_their_source_and_without_secrets(monkeypatch):
    monkeypatch.setenv("TAVILY_API_KEY", "tvly-very-secret-0123456789")
    monkeypatch.setenv("DATABASE_URL", "postgres://webui:hidden-word@db/webui")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-one-secret;sk-two-secret")
    found = {setting.name: setting for setting in setting_sources(type(conf)())}
    text = str([setting.value for setting in found.values()])
    assert "secret" not in text
    assert "hidden-word" not in text
    assert found["DATABASE_URL"].value == "postgres://webui:***@db/webui"
    assert found["TAVILY_API_KEY"].value == "***6789"
    assert found["TAVILY_API_KEY"].source == "environment"
    assert found["WEBUI_MAX_UPLOAD_MB"].source == "default"
    out = io.StringIO()
    call_command("config", stdout=out)
    assert all(name in out.getvalue() for name in found)


@pytest.mark.django_db
def test_the_doctor_says_what_is_wrong_and_what_to_do(monkeypatch):
    monkeypatch.setitem(conf.__dict__, "redis_url", "redis://127.0.0.1:1/0")
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", "--port", "1", stdout=out)
    said = out.getvalue()
    assert "BAD   Redis         It does not answer.\n                    → Start it, or mend REDIS_URL." in said
    assert "ok    tables        They fit this program." in said
    assert "ok    Python" in said
    assert all(
        finding.advice for finding in __import__("webui.diagnosis").diagnosis.examine(1) if finding.state != "ok"
    )


@pytest.mark.django_db
def test_a_database_of_a_newer_webui_is_left_alone_with_a_sentence():
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    from webui.serve import migrate

    assert schema.look() == schema.Schema(missing=(), unknown=())
    MigrationRecorder(connection).record_applied("chat", "0999_of_tomorrow")
    with pytest.raises(SystemExit, match=r"does not know chat\.0999_of_tomorrow"):
        migrate()
    MigrationRecorder(connection).record_unapplied("chat", "0999_of_tomorrow")
    MigrationRecorder(connection).record_unapplied("backup", "0001_initial")
    assert "backup.0001_initial is missing" in schema.look().wait()


def test_the_release_is_said():
    done = subprocess.run(
        [sys.executable, "manage.py", "version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == own_version()
    changes = (ROOT / "docs" / "CHANGELOG.md").read_text()
    assert f"## {own_version()}" in changes
