"""The web process by itself. Two that start at once are in tests/chat/test_two_processes.py."""

import pytest


def test_a_database_that_is_away_is_said_and_no_use_to_try_for_ever(tmp_path, monkeypatch):
    from django.db import OperationalError, connection

    from webui import serve as web

    def refuse():
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    with pytest.raises(SystemExit, match=r"see DATABASE_URL. It said: connection refused"):
        web._wait_for_database(patience=0)


@pytest.mark.django_db
def test_a_new_database_is_of_small_pages_since_a_turn_writes_whole_ones():
    from django.db import connection

    if connection.vendor != "sqlite":
        pytest.skip("SQLite's own")
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA page_size").fetchone() == (2048,)
