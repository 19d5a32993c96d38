"""Every test, in two processes side by side: on two cores that takes little more than half the time.

`python -m pytest` runs them in one, and is what to use for some of them.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parent
# The slow ones, which start whole servers and browsers; everything else is the other half.
BESIDE = ("webui", "browser")
PYTEST = (sys.executable, "-m", "pytest")


def main() -> int:
    ignored = [f"--ignore={TESTS / name}" for name in BESIDE]
    beside = [str(TESTS / name) for name in BESIDE]
    with tempfile.TemporaryFile("w+") as kept:
        other = subprocess.Popen([*PYTEST, *beside], cwd=TESTS.parent, stdout=kept, stderr=subprocess.STDOUT)
        try:
            code = subprocess.run([*PYTEST, *ignored], cwd=TESTS.parent, check=False).returncode
            other_code = other.wait()
        finally:
            other.terminate()
        kept.seek(0)
        sys.stdout.write(kept.read())
    return code or other_code


if __name__ == "__main__":
    sys.exit(main())
