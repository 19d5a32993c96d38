"""What a question and a text have in common, by example; and what of a text is given when there is no room for it."""

import pytest

from knowledge.packing import excerpt, pack
from knowledge.wording import Wording, sentences
from tests.knowledge.test_ranking import found, texts

TEXT = "The ferry leaves at nine. Bicycles are carried free of charge. Dogs pay half the fare in summer."


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Travel costs are refunded within two weeks.", 1.0),
        ("The traveling cost.", 2 / 3),
        ("TRAVEL", 1 / 3),
        ("travelogue and costume", 0.0),
        ("", 0.0),
    ],
)
def test_words_are_found_by_their_stems(text, whole):
    assert Wording("travel costs refunded").overlap(text).whole == pytest.approx(whole)


def test_words_that_end_in_y_are_found_in_the_plural():
    assert Wording("city library").overlap("Libraries of two cities").whole == 1.0


def test_rare_words_weigh_more():
    weighed = Wording("isobaric process", {"isobaric": 9.0, "process": 1.0})
    assert weighed.overlap("isobaric").whole == 0.9
    assert weighed.overlap("isobaric").share == 0.5


def test_the_best_sentence_counts_for_itself():
    together = Wording("bicycles free charge").overlap(TEXT)
    apart = Wording("ferry free summer").overlap(TEXT)
    assert (together.whole, apart.whole) == (1.0, 1.0)
    assert together.sentence == 1.0
    assert apart.sentence == pytest.approx(1 / 3)


def test_neighbours_in_the_question_count_where_they_are_neighbours():
    asked = Wording("half fare")
    assert asked.overlap("You pay half fares only.").pairs == 0.5
    assert asked.overlap("The fare is half of it; the half and the fare.").pairs == 0.0


def test_chinese_is_found_without_words_being_cut():
    asked = Wording("带薪年假")
    assert asked.overlap("员工享有带薪年假。").pairs == pytest.approx(2 / 3)
    seen = asked.overlap("年假的天数由双方在合同中另行约定。病假期间是否带薪由部门经理决定。")
    assert (seen.whole, seen.sentence) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert Wording("２０２４年 Budget").overlap("the budget of 2024年").whole == 1.0


def test_what_stands_above_a_text_counts_for_the_whole_and_for_no_sentence():
    seen = Wording("ferry dogs").overlap("Dogs pay half.", "Ferry rules")
    assert (seen.whole, seen.sentence) == (1.0, 0.5)


def test_a_question_without_words_has_nothing_in_common():
    assert Wording("??? !").overlap(TEXT).whole == 0.0


def test_sentences_together_are_the_text():
    for text in (TEXT, "一。二！“三？”四；" * 5, "one\ntwo\n\nthree", "", "no end"):
        assert "".join(text[start:end] for start, end in sentences(text)) == text


def test_an_excerpt_is_the_sentences_with_most_of_the_question():
    cut = excerpt(found(1, TEXT, start=100), Wording("are bicycles free"), 40)
    assert cut.text == "Bicycles are carried free of charge."
    assert TEXT[cut.start - 100 : cut.end - 100] == cut.text


def test_nothing_is_cut_while_everything_fits():
    ranked = [found(number, f"{number}. {TEXT}") for number in range(8)]
    assert texts(*pack(ranked, Wording("bicycles"), limit=8, characters=2000)) == texts(*ranked)


def test_with_little_room_the_best_stay_whole_and_the_others_are_cut():
    ranked = [found(number, f"{number}. " + f"{TEXT} " * 6) for number in range(8)]
    chosen = pack(ranked, Wording("bicycles"), limit=8, characters=3000)
    lengths = [len(one.text) for one in chosen]
    assert lengths[:4] == [len(one.text) for one in ranked[:4]]
    assert len(chosen) > 4
    assert all(length <= 300 for length in lengths[4:])
    assert sum(lengths) <= 3000
