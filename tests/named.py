"""The tests that a page of docs/ names: `test_of_python`, "a test of a script", `tests/a/file.py`. Do they exist?"""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
NOT_YET = "**not yet**"


def missing(text):
    """What `text` names and nobody wrote. What stands in quotes behind "not yet" is no name."""
    python, script = _written()
    names = [name for name in re.findall(r"`(test_\w+)`", text) if f"def {name}(" not in python]
    sentences = re.findall(r'"([^"]+)"', text.partition(f"; {NOT_YET}")[0])
    names += [name for name in sentences if f'test("{name}"' not in script]
    return names + [path for path in re.findall(r"`(tests/[\w/.]+)`", text) if not (ROOT / path).exists()]


@cache
def _written():
    """All Python tests and all tests of the page's scripts, as text."""
    python = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    script = "\n".join(path.read_text() for path in (ROOT / "static/src").rglob("*.test.ts"))
    return python, script
