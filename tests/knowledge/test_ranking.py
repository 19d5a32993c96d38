"""Fusion and selection, by example."""

from dataclasses import replace

import pytest

from knowledge.ranking import Found, coverage, fuse, judged, select
from knowledge.wording import Overlap


def found(chunk_id, text, start=None, document_id="d", heading="", score=0.0):
    start = chunk_id * 10_000 if start is None else start
    return Found(
        chunk_id=chunk_id, document_id=document_id, heading=heading, text=text,
        start=start, end=start + len(text), score=score,
    )  # fmt: skip


def texts(*chosen):
    return [one.text for one in chosen]


def test_what_both_legs_find_comes_first():
    assert next(iter(fuse({1: 0.9, 2: 0.89, 3: 0.7}, {2: 5.0, 4: 4.0, 5: 0.1}, coverage=1.0))) == 2


def test_keywords_that_hardly_cover_the_question_do_not_push_out_what_was_found_by_meaning():
    meaning, words = {1: 0.9, 2: 0.85, 3: 0.8}, {8: 9.0, 9: 7.0}
    assert list(fuse(meaning, words, coverage=0.1))[:2] == [1, 2]
    assert list(fuse(meaning, words, coverage=1.0))[:2] == [1, 8]


def test_one_leg_alone_keeps_its_order():
    assert list(fuse({}, {3: 1.0, 1: 9.0, 2: 4.0}, coverage=0.0)) == [1, 2, 3]
    assert list(fuse({3: 0.7, 1: 0.9, 2: 0.8}, {}, coverage=0.0)) == [1, 2, 3]
    assert fuse({}, {}, coverage=1.0) == {}


def test_scores_lie_between_0_and_1():
    scores = fuse({1: 0.9, 2: -0.2}, {1: 12.0, 3: 1.0}, coverage=1.0)
    assert scores[1] == 1.0
    assert all(0 <= score <= 1 for score in scores.values())


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        ("unused holidays expire", "An unused holiday has expired.", 1.0),
        ("年假多少天", "每年有带薪年假", 1 / 3),
        ("red car", "blue bicycle", 0.0),
        ("", "anything", 0.0),
    ],
)
def test_coverage(question, text, share):
    assert coverage(question, ["something else", text]) == share


def test_at_most_so_many_passages_and_characters():
    ranked = [found(number, f"{number} " + "x" * 98) for number in range(20)]
    assert len(select(ranked, limit=8, characters=10_000)) == 8
    assert len(select(ranked, limit=8, characters=350)) == 3


def test_the_first_passage_is_cut_rather_than_left_out():
    assert texts(*select([found(1, "a" * 500)], limit=8, characters=100)) == ["a" * 100]


def test_a_text_that_stands_twice_is_given_once():
    ranked = [found(1, "same", document_id="a"), found(2, "same", document_id="b"), found(3, "other")]
    assert texts(*select(ranked, limit=8, characters=1000)) == ["same", "other"]


def test_overlapping_neighbours_become_one_passage_in_the_place_of_the_better():
    text = "".join(chr(ord("a") + number % 26) for number in range(200))
    first, second = found(1, text[:120], start=0), found(2, text[80:200], start=80)
    for ranked in ([first, second], [second, first]):
        (joined,) = select(ranked, limit=8, characters=1000)
        assert (joined.text, joined.start, joined.end) == (text, 0, 200)
        assert joined.chunk_id == ranked[0].chunk_id


def test_neighbours_across_a_blank_line_keep_it():
    first, second = found(1, "One.", start=0), found(2, "Two.", start=6)
    assert texts(*select([first, second], limit=8, characters=100)) == ["One.\n\nTwo."]


def test_neighbours_below_another_heading_stay_apart():
    first, second = found(1, "One.", start=0, heading="A"), found(2, "Two.", start=6, heading="B")
    assert texts(*select([first, second], limit=8, characters=100)) == ["One.", "Two."]


def test_the_repeated_head_of_a_table_is_not_repeated_inside_a_passage():
    head = "|a|b|\n|-|-|\n"
    first = found(1, head + "|1|2|\n", start=0)
    second = replace(found(2, head + "|3|4|\n", start=first.end), end=first.end + len("|3|4|\n"))
    assert texts(*select([first, second], limit=8, characters=1000)) == [head + "|1|2|\n|3|4|\n"]


def test_a_neighbour_that_joins_is_no_further_passage():
    ranked = [found(1, "One.", start=0), found(2, "Far away.", start=900), found(3, "Two.", start=4)]
    assert texts(*select(ranked, limit=2, characters=1000)) == ["One.Two.", "Far away."]


def judge(heights, words=None, documents=None, foreign=()):
    overlaps = {key: Overlap(**(words or {}).get(key, {})) for key in heights}
    return judged(overlaps, heights, {}, documents or {key: key for key in heights}, foreign)


def test_wording_decides_between_passages_that_lie_as_near():
    assert list(judge({1: 0.2, 2: 0.19}, {2: {"whole": 0.8, "sentence": 0.8}})) == [2, 1]


def test_what_stands_beside_a_good_passage_comes_before_what_stands_alone():
    documents = {1: "a", 2: "a", 3: "b"}
    assert list(judge({1: 0.5, 2: 0.2, 3: 0.25}, documents=documents)) == [1, 2, 3]
    assert list(judge({1: 0.5, 2: 0.2, 3: 0.25})) == [1, 3, 2]


def test_names_and_numbers_tell_more_in_a_text_in_another_script():
    words = {2: {"whole": 0.2, "sentence": 0.2}}
    assert list(judge({1: 0.2, 2: 0.0}, words)) == [1, 2]
    assert list(judge({1: 0.2, 2: 0.0}, words, foreign={1, 2})) == [2, 1]


def test_what_lies_far_below_keeps_its_order_and_its_score_above_0():
    scores = judge({1: -0.9, 2: -0.7, 3: -3.0})
    assert list(scores) == [2, 1, 3]
    assert 0 < scores[3] < scores[1] < scores[2] < 0.2


def test_without_vectors_the_keyword_index_says_how_good_a_passage_is():
    assert list(judged({1: Overlap(), 2: Overlap()}, {}, {1: 2.0, 2: 6.0}, {1: 1, 2: 2})) == [2, 1]
