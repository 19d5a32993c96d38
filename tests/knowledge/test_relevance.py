"""What counts as an answer at all, by example."""

import pytest

from knowledge.relevance import CJK, NEUTRAL, SPACED, Ground, ground, relevant, unit

LEVEL = Ground(spaced=0.8, cjk=0.82)
TEXTS = {1: "The ferry carries bicycles.", 2: "Harbour fees are due in May.", 3: "自行车可以上船。"}


def these(*keys):
    return {key: TEXTS[key] for key in keys}


def test_a_passage_no_nearer_than_neutral_text_is_none():
    assert relevant("are bikes allowed", these(1, 2), {1: 0.799, 2: 0.79}, LEVEL) == []


def test_what_follows_a_good_passage_may_stay_a_little_behind():
    assert relevant("are bikes allowed", these(1, 2), {1: 0.86, 2: 0.79}, LEVEL) == [1, 2]
    assert relevant("are bikes allowed", these(1, 2), {1: 0.86, 2: 0.75}, LEVEL) == [1]


def test_what_only_the_words_found_follows_but_does_not_lead():
    assert relevant("may bikes and dogs come on board", these(1, 2), {1: 0.86}, LEVEL) == [1, 2]
    assert relevant("may bikes and dogs come on board", these(1, 2), {1: 0.799}, LEVEL) == []


def test_a_text_in_another_script_is_judged_by_its_own_ground_and_more_mildly():
    assert relevant("are bikes allowed", these(3), {3: 0.80}, LEVEL) == [3]
    assert relevant("自行车", these(1), {1: 0.78}, LEVEL) == [1]
    assert relevant("我可以带什么", these(3), {3: 0.80}, LEVEL) == []


def test_among_many_the_best_in_another_script_must_be_nearer_where_a_translation_was_asked_too():
    others = dict.fromkeys(range(100, 150), 0.5)
    assert relevant("are bikes allowed", these(3), {3: 0.80} | others, LEVEL, translated=True) == []
    assert relevant("are bikes allowed", these(3), {3: 0.821} | others, LEVEL, translated=True) == [3]
    assert relevant("are bikes allowed", these(3), {3: 0.80} | others, LEVEL) == [3]
    assert relevant("are bikes allowed", these(3), {3: 0.77} | others, LEVEL) == []


def test_a_passage_with_all_the_words_counts_whatever_the_vectors_say():
    assert relevant("harbour fees?", these(2), {2: 0.5}, LEVEL) == [2]
    assert relevant("harbour fees?", these(2), {}, LEVEL) == [2]


@pytest.mark.parametrize(
    ("question", "kept"), [("When are the harbour fees due?", [2]), ("qwer asdf zxcv", []), ("", [])]
)
def test_without_vectors_some_of_the_words_are_enough(question, kept):
    assert relevant(question, these(2, 1), {}, None) == kept


def test_the_ground_is_the_nearest_neutral_text_of_each_script():
    neutral = [[1.0, 0.0]] * (len(SPACED) - 1) + [[0.6, 0.8]] + [unit([0.0, 2.0])] * len(CJK)
    assert len(neutral) == len(NEUTRAL)
    level = ground([3.0, 4.0], neutral)
    assert (round(level.spaced, 6), round(level.cjk, 6)) == (1.0, 0.8)
    assert level.height(0.9, "中文文本") == pytest.approx(0.5)
