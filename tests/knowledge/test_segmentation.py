"""Which words a text is found by."""

import pytest

from knowledge.segmentation import indexed, is_single, question_words, stem, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The quick-brown fox_jumps", ["the", "quick", "brown", "fox", "jumps"]),
        ("带薪年假", ["带薪", "薪年", "年假"]),
        ("第3章：API接口", ["第", "3", "章", "api", "接口"]),
        ("Ｆｕｌｌ　ｗｉｄｔｈ １２３", ["full", "width", "123"]),
        ("カタカナ ﾊﾝｶｸ", ["カタ", "タカ", "カナ", "ハン", "ンカ", "カク"]),
        ("한국어", ["한국", "국어"]),
        ("\U00020000\U00020001\U00020002", ["\U00020000\U00020001", "\U00020001\U00020002"]),
        ("Ünïcode naïve ÉCOLE", ["ünïcode", "naïve", "école"]),
        ("?!  …，。", []),
        ("", []),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


def test_every_chinese_character_begins_an_indexed_word():
    for character in "带薪年假":
        assert any(word.startswith(character) for word in indexed("带薪年假").split())


def test_a_word_without_end_is_cut():
    assert words("x" * 100_000) == ["x" * 64]


def test_a_question_asks_for_each_word_once():
    assert question_words("to be or not to be") == ["to", "be", "or", "not"]


def test_only_one_character_of_a_script_without_spaces_is_single():
    assert [is_single(word) for word in ("假", "年假", "a", "カ")] == [True, False, False, True]


def test_words_that_differ_by_an_ending_are_the_same():
    assert stem("holidays") == stem("holiday")
    assert stem("expired") == stem("expires") == stem("expire")
    assert stem("policies") == stem("policy")
    assert stem("年假") == "年假"
