"""1, 20, 100, 200 and 500 people who ask at once, on one web process and SQLite. BENCH_ANSWERS=1,200 takes a few.

Each answer has 300 tokens at 50 a second, 0.2 s after the question has reached the model server.
"""

import os
import statistics
import tempfile
from pathlib import Path

from tests.bench.parts.load import Job
from tests.bench.parts.measure import at, figures, run
from tests.bench.parts.site import ModelServer, Site

SIZES = "1,20,100,200,500"
TURNS = 100


def bench() -> dict[str, float]:
    sizes = asked_sizes()
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, ModelServer() as models:
        data = Path(folder) / "data"
        for size in sizes:
            with Site(data, models) as site:
                people = site.people(max(sizes))
                run(site, Job(ports=site.ports, sessions=people[:1], tokens=5))  # what is loaded late is loaded now
                if size == 1:
                    found |= _named("1 person", turns(site, people[:1]))
                found |= _named(f"{size} at once", figures(run(site, Job(ports=site.ports, sessions=people[:size]))))
                if size == 200:
                    spread = Job(ports=site.ports, sessions=people[:size], spread=2.0)
                    found |= _named(f"{size} within 2 s", figures(run(site, spread)))
    return found


def asked_sizes() -> list[int]:
    return [int(size) for size in os.environ.get("BENCH_ANSWERS", SIZES).split(",")]


def turns(site: Site, people: list[str]) -> dict[str, float]:
    """One person's short turns, one after the other: a greeting, answered in ten tokens."""
    found: dict[str, float] = {}
    for name, new_chats in (("new chats", True), ("one chat", False)):
        job = Job(ports=site.ports, sessions=people, tokens=10, rounds=TURNS, ttft=0.05, new_chats=new_chats)
        done = run(site, job)
        overheads = [answer.overhead for answer in done.whole]
        found |= {
            f"{name}: finished share": round(len(done.whole) / TURNS, 4),
            f"{name}: first token overhead ms p50": at(overheads, 50),
            f"{name}: first token overhead ms p95": at(overheads, 95),
            f"{name}: CPU ms a turn": round(done.processor / TURNS * 1000, 1),
            f"{name}: titles a turn": round(done.titles / TURNS, 2),
        }
        if new_chats:
            first = [answer.wrote for answer in done.whole]
            directive = [len(f" [answer={wrote['answer']} tokens=10 rate=50 ttft=0.05]") for wrote in first]
            asked = [wrote["message bytes"] - more for wrote, more in zip(first, directive, strict=True)]
            found['bytes of the messages for a first "hi"'] = statistics.median(asked)
            asked = [wrote["body bytes"] - more for wrote, more in zip(first, directive, strict=True)]
            found['bytes of the whole request for a first "hi"'] = statistics.median(asked)
    return found


def _named(name: str, values: dict[str, float]) -> dict[str, float]:
    return {f"chat, {name}: {label}": value for label, value in values.items()}
