"""Every test, in four processes side by side: much of their time they wait for servers, browsers and workers.

Three are on SQLite; the fourth runs some of the tests again on PostgreSQL, and tests/on_postgres.py says which.
`python -m pytest` runs them in one, and is what to use for some of them.
"""

import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO

TESTS = Path(__file__).parent
# Of about the same length: whole servers and browsers; chats, models and people; everything else.
APART = (("webui", "browser"), ("chat", "providers", "accounts"))
PYTEST = (sys.executable, "-m", "pytest")


def main() -> int:
    rest = [f"--ignore={TESTS / name}" for part in APART for name in part]
    with ExitStack() as files:
        commands = [(*PYTEST, *(str(TESTS / name) for name in part)) for part in APART]
        commands.append((sys.executable, "-m", "tests.on_postgres"))
        begun = [begin(command, files.enter_context(tempfile.TemporaryFile("w+"))) for command in commands]
        try:
            codes = [subprocess.run([*PYTEST, *rest], cwd=TESTS.parent, check=False).returncode]
            for process, printed in begun:
                codes.append(process.wait())
                printed.seek(0)
                sys.stdout.write(printed.read())
        finally:
            for process, _printed in begun:
                process.terminate()
    return next((code for code in codes if code), 0)


def begin(command: tuple[str, ...], printed: IO[str]) -> tuple[subprocess.Popen[bytes], IO[str]]:
    """The process, and the file that it prints to: what several of them print at once could not be read."""
    return subprocess.Popen(command, cwd=TESTS.parent, stdout=printed, stderr=subprocess.STDOUT), printed


if __name__ == "__main__":
    sys.exit(main())
