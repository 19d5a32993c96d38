"""The same as `chat` with PostgreSQL, Redis and two web processes; half of the people read in the other process.

They ask in one process and resume in the other, as after a reconnect through a balancer. BENCH_ANSWERS=1,200 takes a
few sizes.
"""

import sys
import tempfile
from pathlib import Path

from tests.bench.chat import asked_sizes
from tests.bench.parts.load import Job
from tests.bench.parts.measure import figures, run
from tests.bench.parts.redis_server import redis
from tests.bench.parts.site import ModelServer, Site, spent
from tests.servers.postgres import Missing, postgres


def bench() -> dict[str, float]:
    try:
        return _measured()
    except Missing as reason:
        print(f"scaled: skipped. {reason}", file=sys.stderr)
        return {}


def _measured() -> dict[str, float]:
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, ModelServer() as models, postgres() as database, redis() as server:
        environment = {"DATABASE_URL": database, "REDIS_URL": server.url}
        for size in asked_sizes():
            with Site(Path(folder) / "data", models, count=2, **environment) as site:
                people = site.people(max(asked_sizes()))
                run(site, Job(ports=site.ports, sessions=people[:2], tokens=5))
                job = Job(ports=site.ports, sessions=people[:size], across=True)
                before = spent(server.process)
                values = figures(run(site, job)) | {"CPU-s of Redis": round(spent(server.process) - before, 2)}
                found |= {f"scaled, {size} at once: {name}": value for name, value in values.items()}
    return found
