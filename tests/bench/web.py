"""What a web search costs, how soon it is seen, and what it leaves behind: `python -m tests.bench.web`.

Reading and ranking five pages of 50 KB are measured apart from fetching them, with the packaged model in its own
process. A thousand whole searches go through a scripted engine and real sockets. `BENCH_SEARCHES=100` does fewer.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psutil

from tests.bench.__main__ import calibration
from tests.bench.parts.pages import searches
from tests.bench.parts.site import ModelServer, Site
from tests.bench.parts.sockets import Socket
from tests.servers.embedder import KEPT, ROOT, embedder_at, warm
from tests.servers.engines import Engine
from tests.servers.pages import LocalWeb
from tests.servers.processes import free_port

QUESTIONS = int(os.environ.get("BENCH_QUESTIONS", "40"))  # of each language
SEARCHES = int(os.environ.get("BENCH_SEARCHES", "1000"))
SIGNS = 20


def bench() -> dict[str, float]:
    """In a process of its own, since the settings are read but once."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "figures.json"
        command = [sys.executable, "-m", __name__, "--folder", folder, "--json", str(result)]
        subprocess.run(command, cwd=ROOT, check=True)
        return json.loads(result.read_text()) | first_signs(Path(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--engine", help="put this engine into the database of the environment, and end")
    given = parser.parse_args()
    if given.engine:
        _ready(given.engine)
        return
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        found = measure(folder / "search")
        if given.json:
            given.json.write_text(json.dumps(found))
        else:
            print(json.dumps(found | first_signs(folder), indent=1))


def measure(folder: Path) -> dict[str, float]:
    folder.mkdir(parents=True)
    os.environ |= {
        "WEBUI_DATA": str(folder),
        "WEBUI_EMBEDDER_URL": f"http://127.0.0.1:{free_port()}",
        "WEBUI_FETCH_ALLOW": "127.0.0.1",
        "DJANGO_SETTINGS_MODULE": "webui.settings",
    }
    embedder = embedder_at(os.environ["WEBUI_EMBEDDER_URL"], KEPT)
    try:
        embedder.start()
        warm(embedder)
        return _costs(psutil.Process(embedder.process.pid)) | asyncio.run(_left_behind(folder))
    finally:
        embedder.stop()


def _ready(engine: str = "") -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    if engine:
        from knowledge.models import SearchEngine

        SearchEngine.objects.create(kind="searxng", base_url=engine)


def _costs(embedder: psutil.Process) -> dict[str, float]:
    _ready()
    found: dict[str, float] = {}
    for language in ("en", "zh"):
        asyncio.run(_one(next(searches(language, 1)), embedder))  # loads what it needs
        rows = [asyncio.run(_one(search, embedder)) for search in searches(language, QUESTIONS)]
        found |= {
            f"web, 5 pages of 50 KB, {language}: {name}": round(statistics.median(row[name] for row in rows), 1)
            for name in ("CPU-ms of reading", "CPU-ms of ranking", "CPU-ms in all")
        }
        share = sum(row["answered"] for row in rows) / len(rows)
        found[f"web, 5 pages of 50 KB, {language}: answer among the passages"] = round(share, 3)
    return found | {"web: calibration, seconds": calibration()}


async def _one(search, embedder: psutil.Process) -> dict[str, float]:
    from knowledge.web import pages, ranking
    from knowledge.web.engines import Hit
    from knowledge.web.fetch import Page
    from knowledge.web.reading import _candidates

    fetched = [
        Page(url=url, final_url=url, status=200, media_type="text/html", charset="utf-8", body=body)
        for url, body in ((f"https://{n}.example/", body) for n, body in enumerate(search.pages))
    ]
    begun, theirs = time.process_time(), _spent(embedder)
    read = [(page.url, pages._read_text(page)) for page in fetched]
    between = time.process_time()
    pieces = [piece for url, text in read for piece in _candidates(Hit(url=url, title="", snippet=""), url, text)]
    asked = asyncio.create_task(ranking.vector_of(search.question))
    found = await ranking.best(search.question, pieces, until=time.monotonic() + 30, asked=asked)
    ranked = time.process_time() - between + _spent(embedder) - theirs
    whole = "".join("".join(passage.text.split()) for passage in found)
    return {
        "CPU-ms of reading": 1000 * (between - begun),
        "CPU-ms of ranking": 1000 * ranked,
        "CPU-ms in all": 1000 * (between - begun + ranked),
        "answered": "".join(search.answer.split()) in whole,
    }


def _spent(process: psutil.Process) -> float:
    family = [process, *process.children(recursive=True)]
    return sum(sum(each.cpu_times()[:2]) for each in family)


async def _left_behind(folder: Path) -> dict[str, float]:
    from asgiref.sync import sync_to_async

    from knowledge.models import SearchEngine
    from knowledge.web.search import find_pages

    search = next(searches("en", 1))
    with Engine("searxng") as engine, LocalWeb() as web:
        await SearchEngine.objects.acreate(kind="searxng", base_url=engine.address)
        engine.results = [(web.add(f"/{n}", body[:8000]), "A page", "") for n, body in enumerate(search.pages)]
        await find_pages(search.question, user_id=1)
        before, begun = await sync_to_async(_stored)(folder), time.monotonic()
        for number in range(SEARCHES):
            assert (await find_pages(f"{search.question} {number}", user_id=number % 50)).passages
        after, seconds = await sync_to_async(_stored)(folder), time.monotonic() - begun
    return {
        f"web, {SEARCHES:,} searches: bytes left behind": after[0] - before[0],
        f"web, {SEARCHES:,} searches: rows left behind": after[1] - before[1],
        f"web, {SEARCHES:,} searches: seconds": round(seconds, 1),
    }


def _stored(folder: Path) -> tuple[int, int]:
    """(bytes of all files of the data folder, rows of all tables)."""
    from django.apps import apps

    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return size, sum(kind.objects.count() for kind in apps.get_models())


def first_signs(folder: Path) -> dict[str, float]:
    """From the send of a question to what a person sees, in a real web process with five pages to read."""
    search = next(searches("en", 1))
    with Engine("searxng") as engine, LocalWeb() as web, ModelServer() as models:
        engine.results = [(web.add(f"/{n}", body), "A page", "") for n, body in enumerate(search.pages)]
        with Site(folder / "site", models, WEBUI_FETCH_ALLOW="127.0.0.1") as site:
            site.run("tests.bench.web", "--engine", engine.address)
            (session,) = site.people(1)
            seen = asyncio.run(_asked(site.ports[0], session, search.question))
    found: dict[str, float] = {}
    for name in ("searching", "sources", "delta"):
        times = [round(1000 * row[name]) for row in seen]
        found[f"web: ms to “{name}”, median"] = round(statistics.median(times))
        found[f"web: ms to “{name}”, most"] = max(times)
    early = sum(row["sources"] < row["delta"] for row in seen)
    return found | {"web: answers whose sources came before their text": round(early / len(seen), 3)}


async def _asked(port: int, session: str, question: str) -> list[dict[str, float]]:
    rows: list[dict[str, float]] = []
    for number in range(SIGNS + 1):
        row: dict[str, float] = {}
        ended = asyncio.Event()
        begun = 0.0

        def take(frame: dict, row: dict[str, float] = row, ended: asyncio.Event = ended) -> None:
            name = frame["stage"] if frame["type"] == "status" else frame["type"]
            row.setdefault(name, time.monotonic() - begun)  # noqa: B023  read while it is this one's
            if frame["type"] in ("done", "error"):
                ended.set()

        socket = await Socket(port, session, take).open()
        begun = time.monotonic()
        frame = {"type": "send", "id": 1, "client_id": str(uuid.uuid4()), "chat": None}
        socket.send(frame | {"text": f"{question} {number}", "models": ["plain"], "web_search": True})
        await asyncio.wait_for(ended.wait(), 60)
        socket.close()
        rows.append(row)
    return rows[1:]  # the first search of a process loads what it needs


if __name__ == "__main__":
    main()
