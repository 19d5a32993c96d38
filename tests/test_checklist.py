"""docs/ux-checklist.md names tests that exist, and every line of it names one or says what is missing."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROWS = re.findall(r"^\| (\d+) \| [^|]+ \| (.+) \|$", (ROOT / "docs/ux-checklist.md").read_text(), re.MULTILINE)


def test_every_line_is_there_once_and_says_what_holds_it():
    assert [int(number) for number, _held in ROWS] == list(range(1, 72))
    silent = [number for number, held in ROWS if not re.search(r'`test_|"|`tests/|not yet', held)]
    assert not silent


def test_every_test_that_is_named_exists():
    python = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    script = "\n".join(path.read_text() for path in (ROOT / "static/src").rglob("*.test.ts"))
    for _number, held in ROWS:
        for name in re.findall(r"`(test_\w+)`", held):
            assert f"def {name}(" in python, name
        for name in re.findall(r'"([^"]+)"', held.partition("; **not yet**")[0]):
            assert f'test("{name}"' in script, name
        for path in re.findall(r"`(tests/[\w/.]+)`", held):
            assert (ROOT / path).exists(), path
