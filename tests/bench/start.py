"""A cold start: processor seconds of all processes until the sign-in page is served, and their memory at rest."""

import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

from tests.servers.house import House
from tests.waiting import eventually

REST = 5.0  # seconds without a change of more than a hundredth of a processor second


def bench() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        first = _start(Path(folder) / "data")
        again = _start(Path(folder) / "data")
    return {f"first {name}": value for name, value in first.items()} | again


def _start(folder: Path) -> dict[str, float]:
    house = House(folder, with_tables=False)
    if not folder.exists():
        folder.mkdir()
    begun = time.monotonic()
    house.start()
    with urllib.request.urlopen(f"{house.address}/accounts/login/") as page:
        assert page.status == 200
    seconds = time.monotonic() - begun
    processor = sum(_spent(process) for process in _processes(house))
    eventually(lambda: any("celery" in " ".join(process.cmdline()) for process in _processes(house)), seconds=30)
    eventually(_at_rest(house), seconds=60)
    memory = sum(process.memory_info().rss for process in _processes(house))
    begun = time.monotonic()
    house.__exit__()
    return {
        "start: processor seconds to the sign-in page": round(processor, 2),
        "start: seconds to the sign-in page": round(seconds, 2),
        "start: MB of all processes at rest": round(memory / 1e6),
        "stop: seconds": round(time.monotonic() - begun, 2),
    }


def _at_rest(house: House):
    seen = [time.monotonic(), 0.0]

    def check() -> bool:
        spent = sum(_spent(process) for process in _processes(house))
        if spent - seen[1] > 0.1:
            seen[:] = [time.monotonic(), spent]
        return time.monotonic() - seen[0] > REST

    return check


def _processes(house: House) -> list[psutil.Process]:
    return [psutil.Process(house.process.pid), *psutil.Process(house.process.pid).children(recursive=True)]


def _spent(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system
