"""A database of an earlier webui, with what people had said in it, becomes one of today; also after being cut off."""

import json
import re
import subprocess
import sys

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

from tests.servers.house import ROOT
from tests.servers.postgres import postgres
from webui.conf import for_another_place
from webui.version import own_version

pytestmark = pytest.mark.timeout(600)  # three whole starts
# The last step of each app in a release: what was said is put in with the tables as they were. A release that is made
# gets its line here, of what `manage.py showmigrations` says in it.
RELEASES = {
    "the first": {
        "accounts": "0001_initial",
        "providers": "0001_initial",
        "knowledge": "0003_keyword_index",
        "chat": "0002_initial",
    },
}
BEGIN = """
import django, json, sys
django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
steps = json.loads(sys.argv[1])
for app, name in steps.items():
    call_command("migrate", app, name, verbosity=0)
apps = MigrationLoader(connection).project_state(list(steps.items())).apps
User, Chat, Message = (apps.get_model(name) for name in ("accounts.User", "chat.Conversation", "chat.Message"))
Connection, Library = apps.get_model("providers.Connection"), apps.get_model("knowledge.Library")
Document, Chunk = apps.get_model("knowledge.Document"), apps.get_model("knowledge.Chunk")
alice = User.objects.create(email="alice@example.org", password="!")
Connection.objects.create(name="Lab", base_url="http://127.0.0.1:1/v1")
library = Library.objects.create(owner=alice, name="Birds")
document = Document.objects.create(library=library, name="b.txt", status="ready")
Chunk.objects.create(document=document, ordinal=0, text="patience pays")
for number in range(5):
    chat, parent = Chat.objects.create(owner=alice, title=f"Chat {number}"), None
    for place in range(10):
        text = f"{number}.{place}: 静静地站着 \\U0001f985 'quoted' \\\\ \\n\\t"
        role = "assistant" if place % 2 else "user"
        parent = Message.objects.create(conversation=chat, parent=parent, role=role, text=text)
"""
LOOK = """
with connection.cursor() as cursor:
    cursor.execute("SELECT id, parent_id, role, text FROM chat_message ORDER BY id")
    print(json.dumps(cursor.fetchall()))
"""
# The process is gone when that step has done its work, and before the database heard that it had.
CUT = """
import os
from django.db.migrations.recorder import MigrationRecorder
before = MigrationRecorder.record_applied
def record(self, app, name):
    if (app, name) == ("chat", "0008_ledger"):
        os._exit(9)
    before(self, app, name)
MigrationRecorder.record_applied = record
"""
UPGRADE = """
import django, json
django.setup()
from django.db import connection
from webui.serve import migrate
"""
NOW = """
from webui.schema import look
from chat.finding.search import find
from webui.accounts.models import User
assert look().wait() == "", look().wait()
assert len(find(User.objects.get(), "quoted").results) == 5
"""


def run(code, data, address, *arguments, expected=0):
    environment = for_another_place(
        WEBUI_DATA=str(data), DATABASE_URL=address, WEBUI_SECRET_KEY="k" * 40, DJANGO_SETTINGS_MODULE="tests.settings"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == expected, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def grows_up(data, address, release):
    (said,) = run(BEGIN + LOOK, data, address, json.dumps(RELEASES[release]))
    assert len(said) == 50
    run(CUT + UPGRADE + "migrate()\n", data, address, expected=9)
    cut, grown = run(UPGRADE + LOOK + "migrate()\n" + NOW + LOOK, data, address)
    assert cut == said, "cut in the middle"
    assert grown == said


@pytest.mark.parametrize("release", RELEASES)
def test_what_was_said_in_the_first_webui_is_still_said(tmp_path, release):
    """On the kind of database that the tests run on."""
    if connection.vendor == "sqlite":
        grows_up(tmp_path, "", release)
        return
    with postgres() as address:
        grows_up(tmp_path, address, release)


def test_every_release_of_before_is_tried():
    told = re.findall(r"^## (\S+)", (ROOT / "docs/CHANGELOG.md").read_text(), re.MULTILINE)
    assert told[0] == own_version()
    assert set(told[1:]) <= set(RELEASES)


ADDS = (
    migrations.CreateModel,
    migrations.AddIndex,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
    migrations.RunPython,
)


def leaves_the_program_of_before_alone(operation):
    """It still reads and stores what it knows, while it waits for its turn to be replaced."""
    if isinstance(operation, migrations.AddField):
        field = operation.field
        return field.null or field.many_to_many or field.db_default is not NOT_PROVIDED
    return isinstance(operation, ADDS)


def test_steps_after_a_release_only_add():
    """What is taken away goes a release later, when no program asks for it any more."""
    for release, marks in RELEASES.items():
        later = [
            (f"{app}.{name}", operation)
            for (app, name), step in MigrationLoader(None).disk_migrations.items()
            if release != "the first" and app in marks and name > marks[app]
            for operation in step.operations
        ]
        assert not [name for name, operation in later if not leaves_the_program_of_before_alone(operation)]


@pytest.mark.parametrize(
    ("operation", "is_left_alone"),
    [
        (migrations.AddField("message", "tone", models.CharField(max_length=9, null=True)), True),
        (migrations.AddField("message", "tone", models.CharField(max_length=9, db_default="")), True),
        (migrations.AddField("message", "tone", models.CharField(max_length=9, default="")), False),
        (migrations.RemoveField("message", "tone"), False),
        (migrations.RenameField("message", "tone", "voice"), False),
        (migrations.DeleteModel("message"), False),
        (migrations.CreateModel("tone", []), True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, migrations.operations.base.Operation) else str(value),
)
def test_a_step_that_would_stop_the_program_of_before_is_found(operation, is_left_alone):
    """Django gives defaults to rows by itself: a column without one in the database refuses rows of who omits it."""
    assert leaves_the_program_of_before_alone(operation) is is_left_alone
