"""What one more turn costs in a chat of 10, 100 and 1,000 messages, and what it costs to open one.

Once with a model whose window (4,096 tokens) is known, once with one whose window nobody knows.
"""

import tempfile
from pathlib import Path

from tests.bench.parts.load import Job
from tests.bench.parts.measure import Run, at, run
from tests.bench.parts.site import ModelServer, Site

SIZES = (10, 100, 1000)
COPIES = 10  # chats of each size; each gets one more turn
LOOKS = 40  # times that a chat is opened
MODELS = {"window of 4096": "windowed", "unknown window": "plain"}


def bench() -> dict[str, float]:
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, ModelServer() as models, Site(Path(folder) / "data", models) as site:
        (person,) = site.people(1)
        run(site, Job(ports=site.ports, sessions=[person], tokens=5))
        for place in ("/api/chats/{}", "/c/{}/"):
            chats = site.chats(1, SIZES)
            costs = {size: opening(site, person, place.format(chats[size][0])) for size in SIZES}
            found |= _series(f"opening {place.format('…')}", costs)
        for name, model in MODELS.items():
            chats = site.chats(COPIES, SIZES)
            costs = {size: one_more(site, person, model, chats[size]) for size in SIZES}
            found |= _series(f"one more turn, {name}", costs)
    return found


def opening(site: Site, person: str, path: str) -> dict[str, float]:
    site.get(path, person)
    begun = site.spent()
    lengths = [len(site.get(path, person)) for _look in range(LOOKS)]
    return {"CPU ms": round((site.spent() - begun) / LOOKS * 1000, 1), "KB": round(lengths[0] / 1000, 1)}


def one_more(site: Site, person: str, model: str, chats: list[str]) -> dict[str, float]:
    """100 tokens at 100 a second in each of the chats, one after the other."""
    job = Job(
        ports=site.ports,
        sessions=[person],
        chats=chats,
        rounds=len(chats),
        tokens=100,
        rate=100,
        ask={"models": [model]},
    )
    site.empty_log()
    written = site.written()
    done = run(site, job)
    assert len(done.whole) == len(chats), done.problems
    return {
        "CPU ms": round(done.processor / len(chats) * 1000, 1),
        "KB written": round((site.written() - written) / len(chats) / 1000, 1),
        "first token overhead ms p50": at([answer.overhead for answer in done.whole], 50),
        "KB asked of the model": round(_asked(done) / 1000, 1),
    }


def _asked(done: Run) -> float:
    return sum(answer.wrote["body bytes"] for answer in done.whole) / len(done.whole)


def _series(name: str, costs: dict[int, dict[str, float]]) -> dict[str, float]:
    found = {
        f"long chat, {name}, {size:,} messages: {label}": value
        for size, figures in costs.items()
        for label, value in figures.items()
    }
    for label in ("CPU ms", "KB written"):
        if label in costs[SIZES[0]]:
            ratio = costs[SIZES[-1]][label] / costs[SIZES[0]][label]
            found[f"long chat, {name}: {label}, 1,000 to 10"] = round(ratio, 2)
    return found
