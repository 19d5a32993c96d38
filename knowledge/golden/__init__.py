"""Test questions of a library: kept from good answers, asked again after every change.

    questions = golden.questions_of(library)
    before = golden.run(questions, search)      # search: a question's text to the passages that would be sent
    after = golden.run(questions, other_search)
    golden.compare(before, after).worse

`measuring` is pure; `keeping` is the rows; `watching` runs them in a worker when something changed.
"""

from knowledge.golden.keeping import questions_of
from knowledge.golden.measuring import Asked, Change, Difference, Expected, Outcome, Run, Search, compare, run

__all__ = [
    "Asked",
    "Change",
    "Difference",
    "Expected",
    "Outcome",
    "Run",
    "Search",
    "compare",
    "questions_of",
    "run",
]
