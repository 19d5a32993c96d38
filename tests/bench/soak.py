"""200 open sockets for MINUTES (1 unless given; 60 for the hour), with an answer now and then: does memory stay flat?

Every person asks about once in two minutes, so about one in thirty is reading at any moment.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.parts.load import Job
from tests.bench.parts.measure import figures, run
from tests.bench.parts.site import ModelServer, Site

PEOPLE = 200
PAUSE = 120.0  # seconds, on average, from an answer to the next question
POINTS = 12  # of the series


def bench() -> dict[str, float]:
    minutes = float(os.environ.get("MINUTES", "1"))
    with tempfile.TemporaryDirectory() as folder, ModelServer() as models, Site(Path(folder) / "data", models) as site:
        people = site.people(PEOPLE)
        run(site, Job(ports=site.ports, sessions=people, tokens=20, spread=5))  # warm: everybody once
        rounds = max(1, round(minutes * 60 / PAUSE))
        job = Job(ports=site.ports, sessions=people, tokens=200, rounds=rounds, new_chats=False)
        job.spread, job.pause, job.patience = min(PAUSE, minutes * 60), PAUSE, minutes * 75 + 300
        begun = time.monotonic()
        done = run(site, job)
        values = figures(done)
    series = done.series[:: max(1, len(done.series) // POINTS)]
    for at, megabytes, mapped in series:
        print(f"  {(at - begun) / 60:6.1f} min {megabytes:7.1f} MB, {mapped:7.1f} of files", file=sys.stderr)
    tenth = max(1, len(done.series) // 10)
    parts = (done.series[:tenth], done.series[-tenth:])
    first, last = (statistics.median(own for _at, own, _mapped in part) for part in parts)
    private, private_last = (statistics.median(own - mapped for _at, own, mapped in part) for part in parts)
    own = {
        "minutes": round((time.monotonic() - begun) / 60, 1),
        "answers": len(done.answers),
        "MB in the first tenth": round(first, 1),
        "MB in the last tenth": round(last, 1),
        "growth, last to first": round(last / first, 3),
        "MB in the first tenth, without files": round(private, 1),
        "MB in the last tenth, without files": round(private_last, 1),
        "growth without files, last to first": round(private_last / private, 3),
        "CPU share of a core": round(done.processor / done.seconds, 3),
    }
    wanted = (
        "finished share",
        "first token overhead ms p50",
        "first token overhead ms p95",
        "lag ms p95",
        "lag ms p99",
    )
    own |= {name: values[name] for name in wanted if name in values}
    return {f"soak, {PEOPLE} sockets: {name}": value for name, value in own.items()}
