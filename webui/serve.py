"""The web process: brings the database up to date, says where people find it, and serves with daphne.

Exit code 78 means that it is no use to start again; the reason was printed.
"""

import argparse
import asyncio
import gc
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

UNUSABLE = 78  # the supervisor stops everything at this code
MIGRATION_LOCK = 7233  # any number, the same in every webui on one database
log = logging.getLogger(__name__)


def main(given: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="webui.serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--greet", action="store_true", help="print the address, and the first administrator's link")
    options = parser.parse_args(given)
    gc.disable()  # nothing of what is loaded now will ever be freed; looking for it costs a tenth of the start
    hello = prepare(options.port if options.greet else None)
    serve(options.host, options.port, hello)


def prepare(port: int | None) -> str:
    """Django loaded, the database ready. Returns what to print once the site can be reached."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webui.settings")
    try:
        import django

        django.setup()
        _wait_for_database()
        migrate()
    except SystemExit as refusal:  # a setting that cannot be used
        print(refusal, file=sys.stderr, flush=True)
        sys.exit(UNUSABLE)
    return "" if port is None else greeting(port)


def _wait_for_database(patience: float = 30.0) -> None:
    """A database server that starts together with us may need a moment."""
    from django.db import Error, connection

    deadline = time.monotonic() + (patience if connection.vendor == "postgresql" else 0)
    while True:
        try:
            connection.ensure_connection()
        except Error as error:
            if time.monotonic() > deadline:
                raise SystemExit(
                    f"The database cannot be used; see DATABASE_URL. It said: {str(error).strip()}"
                ) from None
            time.sleep(0.5)
        else:
            return


def migrate() -> None:
    """Brings the database to the newest schema; a second first start on the same PostgreSQL waits for the first.

    Raises `SystemExit` when the database is a newer webui's.
    """
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from webui.schema import look

    with _alone():
        if refusal := look().refusal():
            raise SystemExit(refusal)
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)


@contextmanager
def _alone() -> Iterator[None]:
    from django.db import connection

    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def greeting(port: int) -> str:
    from webui.accounts.models import SetupLink
    from webui.conf import conf

    address = conf.base_url or f"http://localhost:{port}"
    lines = [f"webui is ready: {address}"]
    if token := SetupLink.renew():
        lines.append(f"Make the administrator's account here (the link works once): {address}/setup/{token}/")
    return "\n".join(lines)


def serve(host: str, port: int, hello: str) -> None:
    """Until SIGTERM, and a little longer for what runs then."""
    _use_quick_loop()
    from daphne.endpoints import build_endpoint_description_strings

    import webui.urls  # noqa: F401  loaded now, so that the first page is as quick as the second
    from chat.runner import runner
    from webui.asgi import application
    from webui.conf import conf
    from webui.drain import SoftServer

    gc.freeze()
    gc.enable()

    def ready() -> None:
        if hello:
            print(hello, flush=True)
        threading.Thread(target=_connect, name="connect", daemon=True).start()

    endpoints = build_endpoint_description_strings(host=host, port=port)
    SoftServer(application, endpoints, work=runner, seconds=conf.drain_seconds, ready=ready).run()


def _use_quick_loop() -> None:
    """uvloop where there is one: a tenth less work for an answer. daphne makes its loop when it is imported."""
    try:
        import uvloop
    except ImportError:
        return
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


def _connect() -> None:
    """The connections that the environment names. Beside the serving: a server that is away must not delay a page.

    Where there is somebody to ask, the client is loaded now: the first answer would wait for it, memory without need.
    """
    from django.db import close_old_connections

    from providers.catalog import connect_from_environment
    from providers.clients import warm
    from providers.models import Connection
    from providers.voice.joining import join_own_voice

    try:
        connect_from_environment()
        join_own_voice()
        if Connection.objects.filter(enabled=True).exists():
            warm()
    except Exception:  # the rim of this thread: nobody else would hear of it
        log.exception("The connections of the environment could not be made")
    finally:
        close_old_connections()


if __name__ == "__main__":
    main(sys.argv[1:])
