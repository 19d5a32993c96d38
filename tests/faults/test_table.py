"""docs/faults.md: every fault has one row, and every row names tests that exist, or says why there is none."""

import re

from tests.named import NOT_YET, ROOT, missing

ROWS = [
    (found[1], [cell.strip() for cell in found[2].split(" | ")])
    for found in re.finditer(r"^\| (R\d+) \| (.+) \|$", (ROOT / "docs/faults.md").read_text(), re.MULTILINE)
]


def test_every_fault_has_exactly_one_row():
    assert [name for name, _cells in ROWS] == [f"R{number}" for number in range(1, 26)]
    assert {len(cells) for _name, cells in ROWS} == {3}


def test_every_row_names_a_test_or_says_why_there_is_none():
    assert not [name for name, cells in ROWS if not re.search(r"`test_\w+`", cells[-1])]
    for words in (NOT_YET, r"**not in CI**"):
        unexplained = rf"{re.escape(words)}(?!: .{{15}})"
        assert not [name for name, cells in ROWS if re.search(unexplained, cells[-1])]


def test_every_test_that_is_named_exists():
    assert not [(name, gone) for name, cells in ROWS for gone in missing(cells[-1])]
