"""docs/security.md: every id has one row, every row names tests and files that exist, or says what is missing."""

import re

from tests.named import NOT_YET, ROOT, missing

TEXT = (ROOT / "docs/security.md").read_text()
ROWS = [
    (found[1], [cell.strip() for cell in found[2].split(" | ")])
    for found in re.finditer(r"^\| (\d+\.\d+\.\d+|LLM\d\d|[AZFXUPKD]\d) \| (.+) \|$", TEXT, re.MULTILINE)
]
# OWASP ASVS 5.0: levels 1 and 2, as far as they matter to a program of this kind.
ASVS = """
1.1.2 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.2.9 1.3.1 1.3.2 1.3.4 1.3.5 1.3.6 1.3.7 1.3.10 1.5.1 1.5.2
2.2.1 2.2.2 2.3.2 2.3.3 2.4.1
3.2.1 3.2.2 3.3.1 3.3.2 3.3.3 3.3.4 3.4.1 3.4.2 3.4.3 3.4.4 3.4.5 3.4.6 3.5.1 3.5.3 3.5.5 3.7.2
4.1.1 4.1.3 4.2.1 4.4.1 4.4.2 4.4.3 4.4.4
5.1.1 5.2.1 5.2.2 5.2.3 5.3.1 5.3.2 5.4.1 5.4.2 6.2.4 6.2.9 6.3.1 6.3.2 6.3.4
7.2.4 7.3.1 7.3.2 7.4.1 7.4.2 7.4.3 7.4.5 8.2.1 8.2.2 8.2.3 8.3.1 8.4.1
11.3.2 11.4.2 11.5.1 13.3.1 13.4.2 13.4.5 14.2.1 14.3.2 14.3.3 15.2.2 15.3.1 15.3.2 15.3.3 15.3.4
16.2.5 16.3.1 16.3.2 16.4.1 16.5.1 16.5.2 16.5.3
"""
LEVEL_3 = ["3.2.3", "3.4.7", "5.2.4", "5.2.5", "5.2.6", "8.3.2", "8.3.3", "15.4.2", "16.5.4"]
LLM = [f"LLM{number:02}" for number in range(1, 11)]
RULES = {"A": 9, "Z": 8, "F": 6, "X": 7, "U": 7, "P": 7, "K": 5, "D": 7}


def test_every_id_has_exactly_one_row():
    rules = [f"{letter}{number}" for letter, most in RULES.items() for number in range(1, most + 1)]
    assert sorted(name for name, _cells in ROWS) == sorted([*ASVS.split(), *LEVEL_3, *LLM, *rules])


def test_every_row_names_a_test_or_says_what_is_missing():
    silent = [name for name, cells in ROWS if not re.search(r'`test_\w+`|"', cells[-1]) and NOT_YET not in cells[-1]]
    assert not silent
    unexplained = [name for name, cells in ROWS if re.search(r"\*\*not yet\*\*(?!: .{15})", cells[-1])]
    assert not unexplained


def test_every_test_that_is_named_exists():
    assert not [(name, gone) for name, cells in ROWS for gone in missing(cells[-1])]
    assert not missing(re.sub(r'"', "", TEXT))


def test_every_file_that_is_named_is_there():
    files = re.findall(r"`((?:[\w-]+/)+[\w-]+\.\w+|[\w-]+\.yaml)`", TEXT) + re.findall(r"\bdocs/[\w/-]+\.md", TEXT)
    assert not [name for name in files if not (ROOT / name).exists()]
