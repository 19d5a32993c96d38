"""What reading costs: a megabyte of text in both languages, 200 small files, and the same file in a second library.

The whole site as `manage.py up` starts it. Processor seconds are of all its processes from the first upload until every
document is ready and the processes rest; the model is loaded within them. Chats are measured quiet and beside reading.
"""

import json
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.bench.__main__ import calibration
from tests.bench.parts.load import Job
from tests.bench.parts.measure import Run, at, run
from tests.bench.parts.site import ModelServer
from tests.bench.parts.texts import files, paragraph, small_files
from tests.bench.parts.whole import WholeSite

MEGABYTE = 1_000_000
# Enough to be read for as long as the chats last.
BESIDE = 700_000
WINDOWS = 4


def bench() -> dict[str, float]:
    with ExitStack() as stack:
        folder, models = stack.enter_context(tempfile.TemporaryDirectory()), stack.enter_context(ModelServer())
        site = stack.enter_context(WholeSite(Path(folder) / "data", models))
        found = {"MB of all processes before": round(sum(site.megabytes().values()))}
        texts = files(MEGABYTE)
        found |= _named("1 MB", read(site, "megabyte", texts))
        found |= _named("200 small files", read(site, "small", small_files(200)))
        found |= _named("again in a second library", read(site, "second", texts[:10]))
        found |= chats(site)
    return {f"ingest: {name}": value for name, value in found.items()}


def read(site: WholeSite, library: str, texts: list[tuple[str, bytes]]) -> dict[str, float]:
    site.settle()
    loop = [calibration()]
    before, begun = site.seconds(), time.monotonic()
    target = site.library(library)
    for name, content in texts:
        site.upload(target, name, content)
    uploaded = time.monotonic() - begun
    peak = until_read(site, target)
    seconds = time.monotonic() - begun
    site.settle()
    spent = {name: now - before[name] for name, now in site.seconds().items()}
    loop.append(calibration())
    ready, chunks, embedded = _made(site, target)
    total = sum(spent.values())
    print(f"  {library}: {ready} documents, {chunks} chunks, {spent}", file=sys.stderr, flush=True)
    return {
        "ready share": round(ready / len(texts), 4),
        "chunks": chunks,
        "chunks embedded": embedded,
        "CPU-s": round(total, 1),
        **{f"CPU-s {name}": round(one, 1) for name, one in spent.items()},
        "chunks per CPU-s": round(chunks / total, 1),
        "CPU-s, times the calibration loop": round(2 * total / sum(loop), 1),
        "seconds to ready": round(seconds, 1),
        "seconds of uploading": round(uploaded, 1),
        **{f"MB {name} at the peak": round(megabytes) for name, megabytes in peak.items()},
    }


def until_read(site: WholeSite, library: str) -> dict[str, float]:
    """The largest memory of each process meanwhile."""
    peak = site.megabytes()
    deadline = time.monotonic() + 1200
    while site.waiting(library) and time.monotonic() < deadline:
        time.sleep(0.5)
        peak = {name: max(peak[name], now) for name, now in site.megabytes().items()}
    return peak


def chats(site: WholeSite) -> dict[str, float]:
    """The first token quiet, beside reading, and quiet again: with a library asked for and without."""
    library = site.library("asked")
    told = paragraph("en", 1)
    site.upload(library, "asked.txt", told.encode())
    until_read(site, library)
    site.search(library, told[:100])
    # One person in four windows, whose library it is.
    people, found = site.people(1) * WINDOWS, {}
    for kind, ask in (("chat", {}), ("chat with a library", {"libraries": [library]})):
        about = {"sessions": people, "ask": ask, "text": told[:100]}
        job = Job(ports=site.ports, tokens=10, ttft=0.05, rounds=20, pause=0.4, **about)
        run(site, Job(ports=site.ports, tokens=5, **about))
        quiet = run(site, job)
        beside = site.library(f"beside {kind}")
        for name, content in files(BESIDE // 2, skip=MEGABYTE // 2 + (BESIDE // 4 if ask else 0)):
            site.upload(beside, name, content)
        busy = run(site, job)
        left = site.waiting(beside)
        until_read(site, beside)
        again = run(site, job)
        found |= _first_tokens(kind, [quiet, again], busy) | {f"{kind}: documents still to be read": left}
    return found


def _first_tokens(kind: str, quiet: list[Run], busy: Run) -> dict[str, float]:
    calm = [answer.heard["frames"][0][0] - answer.heard["sent"] for one in quiet for answer in one.whole]
    beside = [answer.heard["frames"][0][0] - answer.heard["sent"] for answer in busy.whole]
    if not calm or not beside:
        print(f"  {kind}: {[one.problems for one in [*quiet, busy]]}", file=sys.stderr)
        return {f"{kind}: answers finished": len(calm) + len(beside)}
    return {
        f"{kind}: answers finished": len(calm) + len(beside),
        **{f"{kind}: first token ms p{part}, quiet": at(calm, part) for part in (50, 95)},
        **{f"{kind}: first token ms p{part}, beside reading": at(beside, part) for part in (50, 95)},
        f"{kind}: first token p95, times the quiet one": round(at(beside, 95) / at(calm, 95), 2),
    }


def _made(site: WholeSite, library: str) -> tuple[int, int, int]:
    """Documents that are ready, their chunks, and how many of these were embedded for them."""
    ready = "FROM knowledge_document WHERE library_id = ? AND status = 'ready'"
    pk = library.replace("-", "")
    [(documents, chunks)] = site.rows(f"SELECT count(*), coalesce(sum(chunks_total), 0) {ready}", pk)
    steps = [step for (text,) in site.rows(f"SELECT steps {ready}", pk) for step in json.loads(text)]
    return documents, chunks, sum(step["chunks"] for step in steps if step["step"] == "embedded")


def _named(name: str, values: dict[str, float]) -> dict[str, float]:
    return {f"{name}: {key}": value for key, value in values.items()}
