"""`make bench [ONLY=start]`: every benchmark, as a table on stdout and in bench.json.

A benchmark is a module here with `bench() -> dict[str, float]`. The calibration is a fixed loop: figures of two
machines, or of one machine on two days, compare as ratios to it.
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
    names = [module.name for module in pkgutil.iter_modules(tests.bench.__path__) if module.name != "__main__"]
    result = {"calibration: seconds": calibration()}
    for name in names:
        module = importlib.import_module(f"tests.bench.{name}")
        if hasattr(module, "bench") and (not only or name in only):
            print(f"… {name}", file=sys.stderr, flush=True)
            result |= module.bench()
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    for label, value in result.items():
        print(f"{label:60} {value:>10}")


def calibration() -> float:
    begun = time.process_time()
    total = 0
    for number in range(10_000_000):
        total += number
    return round(time.process_time() - begun, 2)


if __name__ == "__main__":
    main(sys.argv[1:])
