"""docs/ux-checklist.md names tests that exist, and every line of it names one or says what is missing."""

import re

from tests.named import ROOT, missing

ROWS = re.findall(r"^\| (\d+) \| [^|]+ \| (.+) \|$", (ROOT / "docs/ux-checklist.md").read_text(), re.MULTILINE)


def test_every_line_is_there_once_and_says_what_holds_it():
    assert [int(number) for number, _held in ROWS] == list(range(1, 72))
    silent = [number for number, held in ROWS if not re.search(r'`test_|"|`tests/|not yet', held)]
    assert not silent


def test_every_test_that_is_named_exists():
    assert not [(number, name) for number, held in ROWS for name in missing(held)]
