"""A question to a hundred libraries at once, with 10,000 and 100,000 chunks in them: `python -m tests.bench.search`.

Texts are sentences of `texts.py` put together anew for each chunk, half of them Chinese. Vectors are real ones of
`SOURCES` texts, moved a little at random for each chunk: embedding 100,000 would take an hour. Chroma and the embedder
are processes of their own, and the questions go through `find_passages` on an event loop, as in the web process.
`BENCH_CHUNKS=10000` builds one size alone.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice, pairwise
from pathlib import Path

from tests.bench.__main__ import calibration
from tests.bench.parts.texts import documents
from tests.servers.chroma import chroma_at
from tests.servers.embedder import KEPT, ROOT, embedder_at
from tests.servers.processes import free_port

SIZES = "10000,100000"
LIBRARIES = 100
SOURCES = 400
QUESTIONS = 120
LOOKED_AT = 40  # of them once more, for the stalls of the event loop
CHUNKS_EACH = 25  # of a document
NEARNESS = 0.95  # cosine of a chunk's vector to the real one that it was made from
TICK = 0.001


def bench() -> dict[str, float]:
    """In a process for each size, since the settings are read but once."""
    found: dict[str, float] = {}
    for size in os.environ.get("BENCH_CHUNKS", SIZES).split(","):
        with tempfile.TemporaryDirectory() as folder:
            result = Path(folder) / "figures.json"
            command = [sys.executable, "-m", __name__, size, "--folder", folder, "--json", str(result)]
            subprocess.run(command, cwd=ROOT, check=True)
            figures = json.loads(result.read_text())
        found |= {f"search, {int(size):,} chunks: {name}": value for name, value in figures.items()}
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chunks", type=int)
    parser.add_argument("--folder", type=Path, required=True, help="built here, or used as it is there")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    figures = measure(given.folder / "site", given.chunks)
    if given.json:
        given.json.write_text(json.dumps(figures))
    else:
        print(json.dumps(figures, indent=1))


def measure(folder, chunks):
    folder.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "WEBUI_DATA": str(folder),
        "CHROMA_URL": f"http://127.0.0.1:{free_port()}",
        "WEBUI_EMBEDDER_URL": f"http://127.0.0.1:{free_port()}",
        "DJANGO_SETTINGS_MODULE": "webui.settings",
    }
    servers = [
        chroma_at(os.environ["CHROMA_URL"], folder / "chroma"),
        embedder_at(os.environ["WEBUI_EMBEDDER_URL"], KEPT),
    ]
    try:
        for server in servers:
            server.start()
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        begun = time.process_time()
        user = _library_owner(chunks)
        built = round(time.process_time() - begun, 1)
        return {"CPU-s of making the libraries": built} | asyncio.run(_asked(user, *servers))
    finally:
        for server in servers:
            server.stop()


def _library_owner(chunks):
    from django.db import transaction

    from knowledge import embedding, gathered
    from webui.accounts.models import User

    if (user := User.objects.filter(email="bench@example.org").first()) is None:
        user = User.objects.create_user("bench@example.org", "-")
        pools = {language: list(islice(_sentences(language), SOURCES * 8)) for language in ("en", "zh")}
        for number in range(LIBRARIES):
            with transaction.atomic():
                _fill(user, number, chunks // LIBRARIES, pools)
        gathered.gather(embedding.fingerprint())
    return user


def _sentences(language):
    """Runs of some hundred characters."""
    from knowledge.wording import sentences

    for _title, paragraphs in documents(language):
        for text in paragraphs:
            for start, end in sentences(text):
                if 20 < end - start < 300:
                    yield text[start:end].strip()


_made = {}


def _source(language, number, pool):
    """A text of a few sentences, with its real vector."""
    from knowledge import embedding

    if (language, number) not in _made:
        text = (" " if language == "en" else "").join(pool[number * 4 : number * 4 + 4])
        _made[language, number] = text, embedding.embed_passages([text])[0]
    return _made[language, number]


def _fill(user, number, count, pools):
    import numpy as np

    from knowledge import embedding, keywords
    from knowledge.models import Chunk, Document, Library

    chance, noise = random.Random(number), np.random.default_rng(number)
    library = Library.objects.create(owner=user, name=f"Library {number}")
    language = ("en", "zh")[number % 2]
    fingerprint = embedding.fingerprint()
    for place in range(0, count, CHUNKS_EACH):
        document = Document.objects.create(
            library=library, name=f"{language} {number}-{place}.txt", sha256=f"{number}-{place}",
            status=Document.Status.READY, chunks_total=min(CHUNKS_EACH, count - place),
        )  # fmt: skip
        rows = []
        for ordinal in range(min(CHUNKS_EACH, count - place)):
            text, vector = _source(language, chance.randrange(SOURCES // 2), pools[language])
            # Two sentences of its own beside one of the source's, and a number: texts differ as those of people do.
            text = " ".join([*chance.sample(pools[language], 2), text[: len(text) // 2], str(chance.randrange(10**6))])
            moved = np.asarray(vector) * NEARNESS
            random_direction = noise.standard_normal(len(moved))
            moved += random_direction / np.linalg.norm(random_direction) * (1 - NEARNESS**2) ** 0.5
            rows.append(
                Chunk(
                    document=document, ordinal=ordinal, text=text, start=ordinal * 10_000,
                    end=ordinal * 10_000 + len(text), vector=embedding.pack(moved / np.linalg.norm(moved)),
                    fingerprint=fingerprint,
                )
            )  # fmt: skip
        keywords.add(Chunk.objects.bulk_create(rows))


def _questions():
    """Half of each language: of the question sets where they are there, else beginnings of sentences."""
    from tests.bench.parts.questions import DEFAULT, are_there, rows

    found = []
    for language in ("en", "zh"):
        if are_there():
            asked = (row["q"] for row in rows(DEFAULT / language / "questions.jsonl"))
        else:
            asked = (sentence[:60] for sentence in _sentences(language))
        found.append(list(islice(asked, QUESTIONS // 2 + 5)))
    return [question for pair in zip(*found, strict=True) for question in pair]


async def _asked(user, chroma, embedder):
    import psutil

    from knowledge.models import Library
    from knowledge.retrieval import find_passages

    libraries = [pk async for pk in Library.objects.filter(owner=user).values_list("pk", flat=True)]
    questions = _questions()
    for question in questions[:10]:  # what is loaded late is loaded now
        await find_passages(question, user, libraries)
    parts = {"web": psutil.Process(), "index": chroma.process, "embedder": embedder.process}
    parts = {name: psutil.Process(process.pid) for name, process in parts.items()}
    seconds, processor, ticks = [], [], []
    before = {name: _cpu(process) for name, process in parts.items()}
    for question in questions[10:]:
        begun, spent = time.perf_counter(), time.process_time()
        await find_passages(question, user, libraries)
        processor.append(time.process_time() - spent)
        seconds.append(time.perf_counter() - begun)
    spent = {name: _cpu(process) - before[name] for name, process in parts.items()}
    # Looking a thousand times a second costs a tenth of a question: so it has questions of its own.
    ticker = asyncio.create_task(_tick(ticks))
    for question in questions[10 : 10 + LOOKED_AT]:
        await find_passages(question, user, libraries)
    ticker.cancel()
    asked, loop = len(seconds), calibration()
    stalls = [later[0] - one[0] for one, later in pairwise(ticks)]
    own = [later[1] - one[1] for one, later in pairwise(ticks)]
    return {
        "ms p50": _at(seconds, 50),
        "ms p95": _at(seconds, 95),
        "CPU ms in the web process p50": _at(processor, 50),
        "CPU ms in the web process p95": _at(processor, 95),
        **{f"CPU ms a question, {name}": round(own_share / asked * 1000, 1) for name, own_share in spent.items()},
        "CPU in the web process p95, thousandths of the calibration loop": round(_at(processor, 95) / loop, 1),
        "longest stall of the event loop, ms": round(max(stalls) * 1000, 1),
        "stall of the event loop p99, ms": _at(stalls, 99),
        "longest run of the event loop's own, CPU ms": round(max(own) * 1000, 1),
        **{f"MB {name}": round(process.memory_info().rss / 1e6) for name, process in parts.items()},
    }


async def _tick(ticks):
    """When the loop came round, and the processor time that its own thread had had by then."""
    while True:
        ticks.append((time.perf_counter(), time.thread_time()))
        await asyncio.sleep(TICK)


def _cpu(process):
    times = process.cpu_times()
    return times.user + times.system


def _at(values, part):
    return round(statistics.quantiles(values, n=100, method="inclusive")[part - 1] * 1000, 1)


if __name__ == "__main__":
    main()
