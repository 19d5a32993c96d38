"""What was backed up is there again, row for row and file for file, and nothing is ever overwritten."""

import json
import os
import sqlite3
import subprocess
import sys
import tarfile

import pytest
from django.db import connection
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.migrations.recorder import MigrationRecorder

from chat.models import Conversation, Message
from knowledge import keywords
from knowledge.models import Chunk, Document, Library
from providers.models import Connection
from tests.servers.house import ROOT
from webui import archive
from webui.archive import CannotArchive
from webui.backup import dump, schedule, tables
from webui.backup.models import Due, Run
from webui.backup.proof import NotProven, prove
from webui.conf import Settings, conf, for_another_place

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "connection.vendor != 'sqlite'", reason="tests/webui/test_move_database.py has it on PostgreSQL"
    ),
]
STORED = "files/ab/minutes"


@pytest.fixture(autouse=True)
def a_second_database(monkeypatch):
    """Django's tests let none be opened but under this name."""
    monkeypatch.setattr(dump, "ALIAS", NO_DB_ALIAS)


def settings_for(data, monkeypatch):
    monkeypatch.setenv("WEBUI_DATA", str(data))
    data.mkdir(exist_ok=True)
    return Settings()


@pytest.fixture
def house(tmp_path, monkeypatch, alice):
    """Alice has written something, and stored a file; a provider's key is kept."""
    settings = settings_for(tmp_path / "house", monkeypatch)
    (settings.data / STORED).parent.mkdir(parents=True)
    (settings.data / STORED).write_bytes(b"minutes of the meeting")
    (settings.data / "chroma").mkdir()
    Connection.objects.create(name="Lab", base_url="http://127.0.0.1:1/v1", api_key="sk-secret")
    chat = Conversation.objects.create(owner=alice, title="Herons")
    question = Message.objects.create(conversation=chat, role="user", text="How do herons fish?\x00")
    chat.show(Message.objects.create(conversation=chat, parent=question, role="assistant", text="静静地站着。"))
    library = Library.objects.create(owner=alice, name="Birds")
    document = Document.objects.create(library=library, name="birds.txt", status="ready", sha256="0" * 64)
    keywords.add([Chunk.objects.create(document=document, ordinal=0, text="patience pays", vector=b"\x00\x01")])
    return settings


def applied():
    return [".".join(key) for key in MigrationRecorder(connection).applied_migrations()]


def known():
    return set(applied())


def manage(data, *arguments, **environment):
    given = for_another_place(WEBUI_DATA=str(data), DJANGO_SETTINGS_MODULE="webui.settings", **environment)
    command = [sys.executable, "manage.py", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_a_restore_on_an_empty_host_is_equal_in_all_counts_and_hashes(house, tmp_path):
    contents = archive.write(tmp_path / "backup", house, applied())
    archive.write_key(tmp_path / "key", house)
    said = manage(tmp_path / "new", "restore", tmp_path / "backup", "--keys", tmp_path / "key")
    assert f"Restored {contents.rows} rows and 1 files." in said
    assert "all counts and checksums are equal" in said
    assert "The key to stored secrets fits." in said
    assert (tmp_path / "new" / STORED).read_bytes() == b"minutes of the meeting"
    there = {path.name for path in (tmp_path / "new").iterdir()}
    assert there == {"files", "secret_key", "webui.sqlite3"}, "the index is left out, and nothing is left lying about"
    assert "overwrites nothing" in manage(tmp_path / "new", "restore", tmp_path / "backup")


def test_the_key_is_in_no_backup_and_without_it_a_restore_says_so(house, tmp_path):
    (house.data / "secret_key").write_text("the key")
    archive.write(tmp_path / "backup", house, applied())
    with tarfile.open(tmp_path / "backup") as file:
        assert sorted(file.getnames()) == ["backup.json", STORED, "webui.sqlite3"]
    assert "give the old WEBUI_SECRET_KEY" in manage(tmp_path / "new", "restore", tmp_path / "backup")


def test_a_backup_is_whole_while_somebody_writes(house, tmp_path, monkeypatch):
    writer = sqlite3.connect(connection.settings_dict["NAME"])
    writer.execute("UPDATE chat_conversation SET title = 'not yet committed'")
    try:
        archive.write(tmp_path / "backup", house, applied())
    finally:
        writer.close()
    new = settings_for(tmp_path / "new", monkeypatch)
    archive.read(tmp_path / "backup", new, known())
    restored = sqlite3.connect(new.data / "webui.sqlite3")
    assert restored.execute("SELECT title FROM chat_conversation").fetchall() == [("Herons",)]
    restored.close()


def test_a_backup_can_be_read_by_its_owner_only_and_overwrites_nothing(house, tmp_path):
    archive.write(tmp_path / "backup", house, applied())
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    with pytest.raises(CannotArchive, match="exists already"):
        archive.write(tmp_path / "backup", house, applied())


def test_a_backup_that_fails_leaves_nothing_half(house, tmp_path, monkeypatch):
    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.database, "dump", full)
    with pytest.raises(CannotArchive, match="its disk is full"):
        archive.write(tmp_path / "backup", house, applied())
    assert [path.name for path in tmp_path.iterdir()] == ["house"]


def test_a_backup_of_a_newer_webui_is_refused(house, tmp_path, monkeypatch):
    archive.write(tmp_path / "backup", house, ["chat.0099_future"])
    new = settings_for(tmp_path / "new", monkeypatch)
    with pytest.raises(CannotArchive, match=r"chat\.0099_future"):
        archive.read(tmp_path / "backup", new, {"chat.0001_initial"})
    assert list(new.data.iterdir()) == []


def test_a_cut_backup_is_refused_and_leaves_nothing(house, tmp_path, monkeypatch):
    archive.write(tmp_path / "backup", house, applied())
    whole = (tmp_path / "backup").read_bytes()
    (tmp_path / "backup").write_bytes(whole[: len(whole) // 2])
    new = settings_for(tmp_path / "new", monkeypatch)
    with pytest.raises(CannotArchive, match="not a whole backup"):
        archive.read(tmp_path / "backup", new, known())
    assert list(new.data.iterdir()) == []


def altered(source, target, **changes):
    """The same backup with other contents of some of its files."""
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        for member in old.getmembers():
            data = changes.get(member.name.rpartition("/")[2].replace(".", "_"), old.extractfile(member).read())
            member.size = len(data)
            new.addfile(member, fileobj=__import__("io").BytesIO(data))


def test_a_damaged_file_is_found_out(house, tmp_path, monkeypatch):
    archive.write(tmp_path / "backup", house, applied())
    altered(tmp_path / "backup", tmp_path / "bad", minutes=b"other minutes")
    with pytest.raises(CannotArchive, match="is damaged: files/ab/minutes"):
        archive.read(tmp_path / "bad", settings_for(tmp_path / "new", monkeypatch), known())


def test_a_backup_cannot_write_outside_the_data_folder(tmp_path, monkeypatch):
    with tarfile.open(tmp_path / "backup", "w:gz") as evil:
        evil.add(__file__, "../escaped")
    with pytest.raises(CannotArchive):
        archive.read(tmp_path / "backup", settings_for(tmp_path / "new", monkeypatch), set())
    assert not (tmp_path / "escaped").exists()


def test_a_proof_compares_searches_and_signs_in_and_says_what_is_wrong(house, tmp_path):
    contents = archive.write(tmp_path / "backup", house, applied())
    found = prove(tmp_path / "backup", contents.kind, house)
    assert (found.rows, found.files) == (contents.rows, 1)
    assert found.searched == "a chat and a passage"
    assert found.signed_in == "somebody new, and the owner of the newest chat"
    assert [path.name for path in house.data.iterdir() if path.name.startswith("proof")] == []

    lost = contents.__dict__ | {"tables": contents.tables | {"chat.message": [3, contents.tables["chat.message"][1]]}}
    altered(tmp_path / "backup", tmp_path / "bad", backup_json=json.dumps(lost).encode())
    with pytest.raises(NotProven, match=r"The table chat\.message has 2 rows; the backup says 3\."):
        prove(tmp_path / "bad", contents.kind, house)


@pytest.fixture
def by_itself(tmp_path, monkeypatch):
    """Backups of the tests' own place are made; what a proof finds is taken as given."""
    monkeypatch.setitem(conf.__dict__, "backup_folder", str(tmp_path / "backups"))
    monkeypatch.setitem(conf.__dict__, "backup_keep", 2)
    found = type("Proof", (), {"rows": 5, "files": 1, "seconds": 2.0})()
    monkeypatch.setattr(schedule, "prove", lambda *_args: found)
    return tmp_path / "backups"


def test_a_backup_is_made_when_it_is_due_and_by_one_worker_only(by_itself):
    assert schedule.make_if_due().state == Run.State.PROVEN
    assert schedule.make_if_due() is None
    Due.postpone(hours=-1)
    assert Due.claim()
    assert not Due.claim()


def test_the_oldest_go_when_a_newer_one_is_proven_and_nothing_else_does(by_itself, monkeypatch):
    by_itself.mkdir()
    names = [f"webui-2026010{day}-000000.tar.gz" for day in (1, 2, 3)]
    for name in [*names, "webui-mine.tar.gz"]:
        (by_itself / name).touch()

    def refuse(*_args):
        raise NotProven("Nobody can sign in at the restored place.")

    with monkeypatch.context() as bad:
        bad.setattr(schedule, "prove", refuse)
        assert schedule.make(by_itself).said == "Nobody can sign in at the restored place."
    assert len(schedule.kept(by_itself)) == 4, "a bad one pushes out nothing"
    good = schedule.make(by_itself)
    assert [path.name for path in schedule.kept(by_itself)][-1] == good.archive
    assert len(schedule.kept(by_itself)) == 2
    assert (by_itself / "webui-mine.tar.gz").exists()


def test_of_a_worker_that_died_in_the_middle_somebody_says_so(by_itself):
    dead = Run.objects.create()
    schedule.make(by_itself)
    dead.refresh_from_db()
    assert (dead.state, dead.said) == (Run.State.FAILED, "The worker ended in the middle.")


def test_a_checksum_knows_every_value_and_no_order(house):
    before = tables.summed()
    assert before == tables.summed()
    Message.objects.filter(role="user").update(text="How do herons fly?")
    after = tables.summed()
    assert {name for name in before if before[name] != after[name]} == {"chat.message"}
    assert os.environ["WEBUI_SECRET_KEY"] not in str(before)
