"""Passages are found again in texts that were read or cut anew."""

from knowledge.spans import Words, put_together

TEXT = (
    "Rules\n\nThe allowance is 65 euros a day.\nReceipts are due.\n\n"
    "出差补贴 每天四十二欧元。\n\nThe allowance is 65 euros a day."
)


def found(passage, near=None, text=TEXT):
    span = Words(text).find(passage, near)
    return span and text[span.start : span.end]


def test_other_blanks_signs_and_line_ends_do_no_harm():
    assert found("the  allowance is\n65 euros a-day") == "The allowance is 65 euros a day."
    assert found("出差补贴每天四十二 欧元") == "出差补贴 每天四十二欧元。"


def test_of_several_places_the_nearest_is_taken():
    words = Words(TEXT)
    assert words.find("The allowance is 65 euros a day.", 0).start == 7
    assert words.find("The allowance is 65 euros a day.", 60).start == TEXT.rindex("The")
    assert words.find("The allowance is 65 euros a day.", 10_000).start == TEXT.rindex("The")


def test_lines_that_are_there_but_apart_are_found_together():
    passage = "The allowance is 65 euros a day.\n出差补贴 每天四十二欧元。出差补贴"
    assert found(passage) is None
    passage = "The allowance is 65 euros a day.\n\nshort\n\nReceipts are due."
    assert found(passage) == "The allowance is 65 euros a day.\nReceipts are due."


def test_what_is_not_there_is_not_found():
    assert found("The allowance is 75 euros a day.") is None
    assert found("…") is None
    assert found("anything", text="") is None


def test_a_text_is_put_together_from_overlapping_chunks_with_their_tables_heads():
    chunks = [("abc def", 0, 7), ("def ghi", 4, 11), ("HEAD\nrow", 13, 16)]
    assert put_together(chunks) == "abc def ghi\n\nrow"
