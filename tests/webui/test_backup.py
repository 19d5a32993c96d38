"""What was backed up is there again, secrets included, and nothing is ever overwritten."""

import os
import sqlite3
import subprocess
import sys
import tarfile

import pytest

from tests.servers.house import ROOT
from webui import archive
from webui.archive import CannotArchive
from webui.conf import Settings


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A data folder in use: a database with one row, a stored file, a made key."""
    settings = settings_for(tmp_path / "house", monkeypatch)
    (settings.data / "files").mkdir(parents=True)
    (settings.data / "files" / "a1").write_bytes(b"minutes of the meeting")
    (settings.data / "chroma").mkdir()
    (settings.data / "chroma" / "index").write_bytes(b"derived")
    (settings.data / "secret_key").write_text("the key")
    with sqlite3.connect(settings.data / archive.DATABASE) as database:
        database.execute("CREATE TABLE chat (title)")
        database.execute("INSERT INTO chat VALUES ('hello')")
    database.close()
    return settings


@pytest.fixture
def new_house(tmp_path, monkeypatch):
    settings = settings_for(tmp_path / "new", monkeypatch)
    settings.data.mkdir()
    return settings


def settings_for(data, monkeypatch):
    monkeypatch.setenv("WEBUI_DATA", str(data))
    return Settings()


def titles(settings):
    database = sqlite3.connect(settings.data / archive.DATABASE)
    try:
        return [title for (title,) in database.execute("SELECT title FROM chat")]
    finally:
        database.close()


def test_a_backup_restores_rows_files_and_key_and_leaves_out_the_index(house, new_house, tmp_path):
    archive.write(tmp_path / "backup", house, ["chat.0001_initial"])
    archive.read(tmp_path / "backup", new_house, {"chat.0001_initial", "chat.0002_later"})
    assert titles(new_house) == ["hello"]
    assert (new_house.data / "files" / "a1").read_bytes() == b"minutes of the meeting"
    assert (new_house.data / "secret_key").read_text() == "the key"
    assert sorted(path.name for path in new_house.data.iterdir()) == ["files", "secret_key", "webui.sqlite3"]


def test_a_backup_is_whole_while_somebody_writes(house, new_house, tmp_path):
    writer = sqlite3.connect(house.data / archive.DATABASE)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("INSERT INTO chat VALUES ('committed, still in the log')")
    writer.commit()
    writer.execute("INSERT INTO chat VALUES ('not yet committed')")
    archive.write(tmp_path / "backup", house, [])
    writer.close()
    archive.read(tmp_path / "backup", new_house, set())
    assert titles(new_house) == ["hello", "committed, still in the log"]


def test_a_backup_can_be_read_by_its_owner_only(house, tmp_path):
    archive.write(tmp_path / "backup", house, [])
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600


def test_nothing_is_overwritten(house, tmp_path):
    archive.write(tmp_path / "backup", house, [])
    with pytest.raises(CannotArchive, match="exists already"):
        archive.write(tmp_path / "backup", house, [])
    with pytest.raises(CannotArchive, match="overwrites nothing"):
        archive.read(tmp_path / "backup", house, set())
    assert titles(house) == ["hello"]


def test_a_backup_of_a_newer_webui_is_refused(house, new_house, tmp_path):
    archive.write(tmp_path / "backup", house, ["chat.0009_future"])
    with pytest.raises(CannotArchive, match=r"chat\.0009_future"):
        archive.read(tmp_path / "backup", new_house, {"chat.0001_initial"})
    assert list(new_house.data.iterdir()) == []


def test_a_cut_backup_is_refused_and_leaves_nothing(house, new_house, tmp_path):
    archive.write(tmp_path / "backup", house, [])
    whole = (tmp_path / "backup").read_bytes()
    (tmp_path / "backup").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CannotArchive, match="not a whole backup"):
        archive.read(tmp_path / "backup", new_house, set())
    assert list(new_house.data.iterdir()) == []


def test_a_backup_cannot_write_outside_the_data_folder(new_house, tmp_path):
    with tarfile.open(tmp_path / "backup", "w:gz") as evil:
        evil.add(__file__, "../escaped")
    with pytest.raises(CannotArchive):
        archive.read(tmp_path / "backup", new_house, set())
    assert not (tmp_path / "escaped").exists()


def test_a_database_server_is_backed_up_by_its_own_tools(house, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://localhost/webui")
    with pytest.raises(CannotArchive, match="pg_dump"):
        archive.write(tmp_path / "backup", Settings(), [])


def test_the_commands_carry_an_account_to_another_machine(tmp_path):
    def manage(data, *arguments):
        inherited = {name: value for name, value in os.environ.items() if name != "WEBUI_SECRET_KEY"}
        environment = inherited | {"WEBUI_DATA": str(tmp_path / data), "DJANGO_SETTINGS_MODULE": "webui.settings"}
        environment |= {"DJANGO_SUPERUSER_EMAIL": "root@example.org", "DJANGO_SUPERUSER_PASSWORD": "correct horse"}
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    manage("old", "migrate", "-v", "0")
    manage("old", "createsuperuser", "--noinput")
    assert "Written" in manage("old", "backup", str(tmp_path / "backup"))
    assert "Restored" in manage("new", "restore", str(tmp_path / "backup"))
    assert "overwrites nothing" in manage("new", "restore", str(tmp_path / "backup"))
    code = "from webui.accounts.models import User; print(*User.objects.values_list('email', flat=True))"
    assert "root@example.org" in manage("new", "shell", "-v", "0", "-c", code)
    assert (tmp_path / "old" / "secret_key").read_text() == (tmp_path / "new" / "secret_key").read_text()
