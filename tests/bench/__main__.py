"""`make bench [ONLY="chat page"]`: every benchmark, as a table on stdout and in bench.json.

A benchmark is a module here with `bench() -> dict[str, float]`; docs/benchmarks.md says what each figure means. With
names only those are run, and their figures take the place of the earlier ones in bench.json. The calibration is a fixed
loop: figures of two machines, or of one machine on two days, compare as ratios to it.
"""

import importlib
import json
import pkgutil
import sys
import time
from pathlib import Path

import tests.bench

RESULT = Path(__file__).resolve().parents[2] / "bench.json"


def main(only: list[str]) -> None:
    names = [
        module.name
        for module in pkgutil.iter_modules(tests.bench.__path__)
        if module.name != "__main__" and not module.ispkg
    ]
    if unknown := set(only) - set(names):
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}. There are: {', '.join(names)}.")
    result = json.loads(RESULT.read_text()) if only and RESULT.exists() else {}
    _take(result, {"calibration: seconds": calibration()})
    for name in names:
        module = importlib.import_module(f"tests.bench.{name}")
        if hasattr(module, "bench") and (not only or name in only):
            print(f"… {name}", file=sys.stderr, flush=True)
            _take(result, module.bench())


def _take(result: dict[str, float], found: dict[str, float]) -> None:
    """Shown and kept at once, so that what fails later loses nothing."""
    result |= found
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    for label, value in found.items():
        print(f"{label:90} {value:>10}", flush=True)


def calibration() -> float:
    begun = time.process_time()
    total = 0
    for number in range(10_000_000):
        total += number
    return round(time.process_time() - begun, 2)


if __name__ == "__main__":
    main(sys.argv[1:])
