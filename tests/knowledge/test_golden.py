"""Test questions: what counts as found again, what a run says, and what got better or worse."""

import pytest

from knowledge import golden
from knowledge.golden import Asked, Expected, Outcome, Run, keeping
from knowledge.golden.measuring import covers
from knowledge.passages import Passage
from tests.knowledge.libraries import document_in, library_of

LEAVE = "Employees receive 25 days of paid holiday a year. Unused days expire at the end of March."
ZH = (
    "员工每年享有二十五天带薪年假。未使用的假期于三月底失效，"
    "除非经理以书面形式批准延长至六月底，并通知人事部门备案存档。"
)


def passage(text, document="d1", name="leave.txt"):
    return Passage(text=text, title=name, score=1.0, document_id=document, document_name=name)


@pytest.mark.parametrize(
    ("text", "quote", "found"),
    [
        (f"Before. {LEAVE} After.", LEAVE, True),
        ("Employees receive 25 days of paid holi-\nday  a year. Unused days expire at the end of March.", LEAVE, True),
        ("Unused days expire at the end of March. The kitchen is cleaned.", LEAVE, False),
        ("Unused days expire at the end of March.", LEAVE, False),
        ("25 days of paid holiday a year. Unused days expire at the end", LEAVE, True),
        ("The kitchen is cleaned every Friday.", LEAVE, False),
        (ZH[: len(ZH) * 2 // 3], ZH, True),
        ("三楼的厨房每周五下午由值班人员打扫。", ZH, False),
        ("２５ days", "25 days", True),
        ("26 days", "25 days", False),
    ],
)
def test_a_quotation_is_found_again_however_the_text_was_cut(text, quote, found):
    assert covers(text, quote) is found


def test_a_short_quotation_counts_in_its_own_document_alone():
    short = Expected(document_id="d1", document_name="leave.txt", quote="25 days")
    assert short.is_in(passage("It is 25 days."))
    assert short.is_in(passage("It is 25 days.", document="new id"))
    assert not short.is_in(passage("It is 25 days.", document="d2", name="other.txt"))
    long = Expected(document_id="d1", document_name="leave.txt", quote=LEAVE)
    assert long.is_in(passage(LEAVE, document="d2", name="copy.txt"))


def test_without_a_quotation_anything_of_the_document_counts():
    anything = Expected(document_id="d1", document_name="leave.txt")
    assert anything.is_in(passage("Whatever."))
    assert not anything.is_in(passage("Whatever.", document="d2", name="other.txt"))


def test_a_run_counts_what_came_back_and_how_far_up():
    asked = [
        Asked(key=1, text="days", expected=(Expected(document_id="d1", document_name="leave.txt", quote=LEAVE),)),
        Asked(key=2, text="far", expected=(Expected(document_id="d9", document_name="far.txt"),)),
        Asked(key=3, text="none", expected=(Expected(document_id="d0", document_name="gone.txt"),)),
    ]
    others = [passage(f"Other {number}.", document=f"o{number}", name=f"o{number}") for number in range(6)]
    sent = {
        "days": [passage(LEAVE), *others],
        "far": [*others, passage("Far.", document="d9", name="far.txt")],
        "none": others,
    }
    run = golden.run(asked, lambda question: sent[question])
    assert [outcome.first for outcome in run.outcomes.values()] == [1, 7, 0]
    assert (run.recall(1), run.recall(5), run.recall()) == pytest.approx((1 / 3, 1 / 3, 2 / 3))
    assert run.mrr == pytest.approx((1 + 1 / 7) / 3)


def test_one_of_two_expected_passages_is_half():
    outcome = Outcome(key=1, places=(2, 0))
    assert (outcome.recall(1), outcome.recall(5), outcome.recall()) == (0.0, 0.5, 0.5)
    assert Outcome(key=1, places=(1, 4)).recall(1) == 1.0


def test_a_comparison_names_what_got_better_and_worse():
    def of(**places):
        return Run(outcomes={int(key[1:]): Outcome(key=int(key[1:]), places=value) for key, value in places.items()})

    difference = golden.compare(of(q1=(1,), q2=(0,), q3=(3,), q4=(2,)), of(q1=(1,), q2=(4,), q3=(0,), q5=(1,)))
    assert [(change.key, change.before, change.after) for change in difference.better] == [(2, 0, 4)]
    assert [change.key for change in difference.same] == [1]
    assert [(change.key, change.before, change.after) for change in difference.worse] == [(3, 3, 0)]


@pytest.mark.django_db
def test_alice_keeps_a_question_and_adds_a_second_passage_to_it(alice):
    library = library_of(alice)
    document = document_in(library, LEAVE, vectors=False, name="leave.txt")
    keeping.keep(library, alice, "How many  days?", [keeping.expected_of(document, LEAVE)])
    keeping.keep(library, alice, "How many days?", [keeping.expected_of(document, LEAVE.upper())])
    row = keeping.keep(library, alice, "How many days?", [keeping.expected_of(document, "Unused days expire")])
    [asked] = golden.questions_of(library)
    assert asked.text == "How many days?"
    assert [one.quote for one in asked.expected] == [LEAVE, "Unused days expire"]
    keeping.drop_expected(row, 0)
    keeping.drop_expected(row, 0)
    assert golden.questions_of(library) == []


@pytest.mark.django_db
def test_a_question_without_an_answer_is_not_kept(alice):
    library = library_of(alice)
    with pytest.raises(keeping.NotKept, match="a passage that answers it"):
        keeping.keep(library, alice, "How many days?", [])
    with pytest.raises(keeping.NotKept, match="needs a question"):
        keeping.keep(library, alice, "  ", [])
    assert not library.golden_questions.exists()
