"""What a newcomer is told when something does not work: each part looked at, and what to do about it.

Looks only, and needs no running webui. `manage.py doctor` prints it.
"""

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import Error as DatabaseProblem
from django.db import connection

from webui.conf import ROOT, conf

TIMEOUT = 2.0  # seconds for one server
LITTLE = 2 * 1024**3  # bytes


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`state` is ok, hint (works, and could be better) or bad; `advice` says what to do."""

    state: str
    part: str
    said: str
    advice: str = ""


def ok(part: str, said: str) -> Finding:
    return Finding(state="ok", part=part, said=said)


def hint(part: str, said: str, advice: str) -> Finding:
    return Finding(state="hint", part=part, said=said, advice=advice)


def bad(part: str, said: str, advice: str) -> Finding:
    return Finding(state="bad", part=part, said=said, advice=advice)


def examine(port: int) -> Iterator[Finding]:
    """Everything, one after the other; a later look may need what an earlier one found."""
    for look in (python, assets, data_folder, disk, lambda: port_of(port), addresses, key, database):
        yield look()
    if connection.connection is not None:
        for query in (schema, model_servers, worker):
            yield _asked(query)
    for look in (redis, index, embedder, clock, backups, scans):
        yield look()


def _asked(look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except DatabaseProblem as error:
        said = str(error).strip().splitlines()[0]
        return bad(look.__name__.replace("_", " "), f"Not known: {said}", "Run “manage.py migrate”, then this again.")


def python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return ok("Python", version)  # an older one would not have come so far


def assets() -> Finding:
    if any((ROOT / "static" / "dist").glob("*")):
        return ok("pages", "Scripts and styles are built.")
    return bad("pages", "Scripts and styles are not built.", "Run “make install”, or “manage.py build_assets”.")


def data_folder() -> Finding:
    try:
        conf.data.mkdir(parents=True, exist_ok=True)
        probe = conf.data / f".probe-{os.getpid()}"
        probe.write_text("webui")
        probe.unlink()
    except OSError as error:
        return bad("data folder", f"{conf.data}: {error.strerror}.", "Give its user the folder, or set WEBUI_DATA.")
    return ok("data folder", str(conf.data))


def disk() -> Finding:
    free = shutil.disk_usage(conf.data if conf.data.exists() else ROOT).free
    said = f"{free / 1024**3:.1f} GiB are free."
    return ok("disk", said) if free > LITTLE else bad("disk", said, "Free some: nothing can be stored on a full disk.")


def port_of(port: int) -> Finding:
    if not opens("127.0.0.1", port):
        return ok("port", f"{port} is free.")
    return hint("port", f"Something serves on {port} already.", "If it is not this webui: PORT=8001 make run.")


def addresses() -> Finding:
    hosts = ", ".join(conf.allowed_hosts)
    if conf.base_url and not conf.https:
        return hint("address", f"{conf.base_url} is not https.", "Passwords travel openly: put TLS before it.")
    if not conf.base_url and set(conf.allowed_hosts) - {"localhost", "127.0.0.1", "[::1]"}:
        advice = "Set WEBUI_BASE_URL to the address that people type; https turns on secure cookies."
        return hint("address", f"People may come by {hosts}.", advice)
    return ok("address", conf.base_url or f"This machine alone ({hosts}).")


def key() -> Finding:
    if conf.secret_key_text:
        short = len(conf.secret_key_text) < 32
        advice = "Make one with “openssl rand -base64 48”; stored keys then have to be entered again."
        return (
            hint("secret key", "WEBUI_SECRET_KEY is short.", advice) if short else ok("secret key", "WEBUI_SECRET_KEY")
        )
    if conf.database_url.startswith("postgres"):
        return hint(
            "secret key", f"It lies in {conf.data / 'secret_key'}.",
            "With several machines, set WEBUI_SECRET_KEY to the same on all of them.",
        )  # fmt: skip
    return ok("secret key", f"Kept in {conf.data / 'secret_key'}.")


def database() -> Finding:
    try:
        connection.ensure_connection()
    except DatabaseProblem as error:
        said = str(error).strip().splitlines()[0]
        return bad("database", f"It does not answer: {said}", "Look at DATABASE_URL, and whether its server runs.")
    return ok("database", {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(connection.vendor, connection.vendor))


def schema() -> Finding:
    from webui.schema import look

    found = look()
    if refusal := found.refusal():
        return bad("tables", refusal, "Update the program.")
    if found.missing:
        return hint("tables", f"{len(found.missing)} steps are missing.", "The next start makes them.")
    return ok("tables", "They fit this program.")


def model_servers() -> Finding:
    from providers.models import Connection

    found = list(Connection.objects.filter(enabled=True))
    if not found:
        return hint("models", "No model server is known.", "Add one under Administration › Connections.")
    silent = [each.base_url for each in found if not _reached(each.base_url)]
    if silent:
        return bad("models", f"No answer from {', '.join(silent)}.", "Start it, or mend its address under Connections.")
    return ok("models", f"{len(found)} model servers answer.")


def worker() -> Finding:
    from webui.worker import seconds_since_beat

    age = seconds_since_beat()
    if age is None or age > 30:
        return hint("worker", "None was seen lately.", "“manage.py up” starts one. Without one, documents wait.")
    return ok("worker", f"Seen {age:.0f} s ago.")


def redis() -> Finding:
    if not conf.redis_url:
        return ok("Redis", "Not used (one web process needs none).")
    if _reached(conf.redis_url, 6379):
        return ok("Redis", "It answers.")
    return bad("Redis", "It does not answer.", "Start it, or mend REDIS_URL.")


def index() -> Finding:
    if not conf.chroma_url:
        return ok("vector index", "“manage.py up” starts Chroma.")
    if _reached(conf.chroma_url, 8000):
        return ok("vector index", "Chroma answers.")
    return bad("vector index", "Chroma does not answer.", "Start it, or mend CHROMA_URL.")


def embedder() -> Finding:
    address = conf.embedding_base_url or conf.embedder_url
    if not address:
        return ok("embedding", "“manage.py up” starts the embedder.")
    if _reached(address):
        return ok("embedding", "The server answers.")
    return bad("embedding", f"{address} does not answer.", "Start it, or mend EMBEDDING_BASE_URL.")


def clock() -> Finding:
    newest = max(path.stat().st_mtime for path in (ROOT / "webui").glob("*.py"))
    if time.time() < newest - 86400:
        return bad("clock", f"It says {time.strftime('%Y-%m-%d')}, before this program was made.", "Set it (NTP).")
    return ok("clock", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()))


def backups() -> Finding:
    if conf.backup_folder:
        return ok(
            "backups", f"Every {conf.backup_hours:g} h into {conf.backup_folder}; the health page says how they are."
        )
    return hint("backups", "None are made by themselves.", "Set WEBUI_BACKUP_FOLDER to a folder on another disk.")


def scans() -> Finding:
    if shutil.which("tesseract"):
        return ok("scans", "Tesseract reads them.")
    return hint("scans", "Pictures of pages cannot be read.", "Install tesseract-ocr, and its languages.")


def _reached(address: str, port: int = 0) -> bool:
    parts = urlsplit(address)
    return opens(str(parts.hostname), parts.port or port or (443 if parts.scheme == "https" else 80))


def opens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=TIMEOUT):
            return True
    except OSError:
        return False
