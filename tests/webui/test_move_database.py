"""From SQLite to PostgreSQL with one command, and a backup there that was tried; or nothing at all."""

import psycopg
import pytest
from django.db import connection

from chat.models import Message
from tests.servers.postgres import Missing, postgres
from tests.webui.test_backup import a_second_database, applied, house, manage  # noqa: F401  fixtures
from webui import archive
from webui.backup import moving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
ON_SQLITE = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="moves away from SQLite")


@pytest.fixture
def address():
    try:
        with postgres() as url:
            yield url
    except Missing as reason:
        pytest.skip(str(reason))


@ON_SQLITE
def test_everything_moves_and_is_backed_up_and_proven_there(house, address, tmp_path, monkeypatch):  # noqa: F811
    with monkeypatch.context() as wrong:
        wrong.setattr(moving.tables, "sum_of", lambda *_args: None)
        with pytest.raises(moving.CannotMove, match="Nothing was moved"):
            moving.move(address, lambda _said: None)
    with psycopg.connect(address) as there:
        assert there.execute("SELECT count(*) FROM accounts_user").fetchone() == (0,), "all or nothing; and again:"
    count = Message.objects.count()
    said = []
    moved = moving.move(address, said.append)
    assert "  chat.Message: 2" in said
    with psycopg.connect(address) as there:
        assert there.execute("SELECT count(*) FROM chat_message").fetchone() == (count,)
        assert there.execute("SELECT text FROM chat_message ORDER BY id").fetchone() == ("How do herons fish?\ufffd",)
        assert there.execute("SELECT count(*) FROM chat_words").fetchone() == (count,), "what is searched was made anew"
        assert there.execute("SELECT count(*) FROM knowledge_words").fetchone() == (1,)
        newest = there.execute("SELECT max(id) FROM chat_message").fetchone()[0]
        assert there.execute("SELECT nextval(pg_get_serial_sequence('chat_message', 'id'))").fetchone() == (newest + 1,)
    with pytest.raises(moving.CannotMove, match="There are people in that database already"):
        moving.move(address, said.append)

    there = {"DATABASE_URL": address, "WEBUI_SECRET_KEY": house.secret_key}
    said = manage(house.data, "backup", tmp_path / "backup", **there)
    assert "made by pg_dump" in said
    assert moved.rows <= archive.contents_of(tmp_path / "backup").rows
    said = manage(house.data, "prove_backup", tmp_path / "backup", **there)
    assert "found: a chat and a passage; signed in: somebody new, and the owner of the newest chat" in said
    with psycopg.connect(address) as server:
        left = server.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'webui_proof%'").fetchone()
    assert left == (0,), "the scratch database is gone"


@ON_SQLITE
def test_a_portable_backup_of_sqlite_is_restored_on_postgresql(house, address, tmp_path):  # noqa: F811
    contents = archive.write(tmp_path / "backup", house, applied(), portable=True)
    there = {"DATABASE_URL": address, "WEBUI_SECRET_KEY": house.secret_key}
    said = manage(tmp_path / "new", "restore", tmp_path / "backup", **there)
    assert f"Restored {contents.rows} rows and 1 files." in said
    assert "all counts and checksums are equal" in said
    with psycopg.connect(address) as server:
        assert server.execute("SELECT count(*) FROM chat_words").fetchone() == (2,)


@ON_SQLITE
def test_a_move_is_refused_with_a_sentence(house):  # noqa: F811
    with pytest.raises(moving.CannotMove, match="name a postgres:// address"):
        moving.move("sqlite:///elsewhere", lambda _said: None)
    with pytest.raises(moving.CannotMove, match="That database cannot be used"):
        moving.move("postgres://nobody@127.0.0.1:1/none", lambda _said: None)
    assert connection.vendor == "sqlite"
