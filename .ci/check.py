"""`make check`: every check that needs no running server. All of them run, even after one has failed."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
APPS = ["webui", "chat", "knowledge", "providers"]
CHECKS: dict[str, list[str | Path]] = {
    "style": [BIN / "ruff", "check", "--output-format", "concise", "."],
    "format": [BIN / "ruff", "format", "--check", "."],
    "dangers": [BIN / "bandit", "-q", "-c", "pyproject.toml", "-r", *APPS],
    "types": [BIN / "mypy", *APPS],
    "imports": [BIN / "lint-imports"],
    "shape": [sys.executable, "-m", "pytest", "-q", "tests/test_shape.py"],
    "project": [sys.executable, "manage.py", "check", "--fail-level", "WARNING"],
    "migrations": [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
    "templates": [sys.executable, "manage.py", "check_templates"],
    "typescript": ["npm", "--prefix", "static", "exec", "--", "tsc", "--noEmit", "-p", "static"],
}


def main() -> int:
    env = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    failed = []
    for name, command in CHECKS.items():
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        print(f"{'ok' if not done.returncode else 'FAILED':8}{name}", flush=True)
        if done.returncode:
            failed.append(name)
            print(done.stdout + done.stderr, flush=True)
    print(f"{len(CHECKS) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
