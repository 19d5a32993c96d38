"""Chunks: nothing lost, nothing across a heading, places that are right, and no more work than there is text."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.chunking import OVERLAP, SCRAP, SIZE, ChunkText, chunk, document_text, embedded_text
from knowledge.parsing import Block

WORDS = st.sampled_from(
    [
        "leave",
        "days",
        "a",
        "年假规定",
        "二十七天",
        "。",
        "，",
        ". ",
        "! ",
        "\n",
        "\n\n",
        " ",
        "\t",
        "x" * 700,
        "é",
        "🙂",
        "\u3000",
    ]
)
TEXTS = st.lists(WORDS, max_size=120).map("".join)
BLOCKS = st.lists(
    st.builds(
        Block,
        text=TEXTS,
        heading=st.sampled_from([(), ("A",), ("A", "B"), ("C",)]),
        page=st.one_of(st.none(), st.integers(1, 5)),
        table=st.just(False),
    ),
    max_size=8,
)
ROWS = st.lists(st.text("abc年 |", min_size=1, max_size=60), min_size=1, max_size=60)


def places(blocks):
    start = 0
    for block in blocks:
        yield start, start + len(block.text), block
        start += len(block.text) + 2


@settings(deadline=None)
@given(BLOCKS)
def test_places_are_right_and_nothing_is_lost(blocks):
    text = document_text(blocks)
    chunks = chunk(blocks)
    covered = bytearray(len(text))
    for one in chunks:
        assert one.text == text[one.start : one.end]
        assert one.text == one.text.strip()
        assert len(one.text) <= SIZE + SCRAP
        covered[one.start : one.end] = b"x" * (one.end - one.start)
    assert all(character.isspace() for character, seen in zip(text, covered, strict=True) if not seen)
    assert [one.start for one in chunks] == sorted(one.start for one in chunks)


@settings(deadline=None)
@given(BLOCKS)
def test_no_chunk_crosses_a_heading_and_each_has_the_page_it_starts_on(blocks):
    for one in chunk(blocks):
        touched = [block for start, end, block in places(blocks) if start < one.end and end > one.start]
        assert {" › ".join(block.heading) for block in touched} == {one.heading}
        assert one.page == touched[0].page


@settings(deadline=None)
@given(st.text("年假规定二十七天，。 abcdefgh\n", min_size=SIZE * 3, max_size=SIZE * 6))
def test_neighbours_share_at_most_the_overlap_and_few_are_scraps(text):
    chunks = chunk([Block(text=text)])
    for before, after in pairwise(chunks):
        assert before.end - after.start <= OVERLAP
        assert before.start < after.start
        assert before.end < after.end
    assert all(len(one.text) >= SCRAP for one in chunks)


@settings(deadline=None)
@given(ROWS)
def test_every_chunk_of_a_table_has_its_head(rows):
    head = "| key | value |\n| --- | --- |\n"
    table = head + "\n".join(f"| {row} |" for row in rows)
    blocks = [Block(text="Before.", heading=("A",)), Block(text=table, heading=("A",), table=True)]
    text = document_text(blocks)
    chunks = [one for one in chunk(blocks) if one.end > len("Before.\n\n")]
    own = [one.text.removeprefix(head) for one in chunks]
    assert all(one.text.startswith((head, "Before.")) for one in chunks)
    assert all(one.text.endswith(text[one.start : one.end]) for one in chunks)
    assert all(len(one.text) <= SIZE + SCRAP for one in chunks)
    assert all(any(f"| {row} |" in part for part in own) for row in rows), "no row is torn"


def test_a_row_longer_than_a_chunk_is_cut_like_text():
    table = "| a |\n| --- |\n| " + "word " * 400 + "|\n| end |"
    chunks = chunk([Block(text=table, table=True)])
    assert "".join(one.text.removeprefix("| a |\n| --- |\n") for one in chunks[1:]).count("word") == 400
    assert chunks[-1].text.endswith("| end |")
    assert all(len(one.text) <= SIZE + SCRAP for one in chunks)


def test_chunks_end_at_sentences_in_either_language():
    english = "The office books all trains for you. " * 40
    chinese = "每位员工每年享有二十七天的带薪年假，从入职之日起计算。" * 40
    assert all(one.text.endswith(".") and one.text[0] == "T" for one in chunk([Block(text=english)]))
    assert all(one.text.endswith("。") and one.text[0] == "每" for one in chunk([Block(text=chinese)]))


def test_a_scrap_at_the_end_stays_with_its_neighbour():
    [one] = chunk([Block(text="x" * (SIZE + SCRAP - OVERLAP - 1))])
    assert len(one.text) > SIZE
    assert len(chunk([Block(text="x" * (SIZE + SCRAP - OVERLAP))])) == 2


@pytest.mark.parametrize("piece", ["x", "年", " ", "\n ", "|", ". ", "ab\n"])
def test_five_megabytes_take_seconds_whatever_they_hold(piece):
    text = (piece * (5_000_000 // len(piece) + 1))[:5_000_000]
    begun = time.process_time()
    chunk([Block(text=text)])
    assert time.process_time() - begun < 10


def test_title_and_headings_stand_before_what_is_embedded():
    one = ChunkText(text="27 days.", heading="Leave › Days", page=1, start=0, end=8)
    assert embedded_text(one, "Handbook") == "Handbook › Leave › Days\n27 days."
    assert embedded_text(ChunkText(text="27", heading="", page=1, start=0, end=2), "") == "27"


def test_what_two_passages_share_is_embedded_once():
    found = chunk([Block(text="".join(f"Day {number} was warm and dry. " for number in range(100)))])
    texts = [embedded_text(one, "", before) for before, one in zip([None, *found], found, strict=False)]
    assert texts[0] == found[0].text
    assert any(len(text) < len(one.text) for text, one in zip(texts, found, strict=True))
    assert [text for text, one in zip(texts, found, strict=True) if not one.text.endswith(text)] == []
    for number in range(100):
        assert sum(f"Day {number} " in text for text in texts) <= 1
    edited = ChunkText(text="Another text.", heading="", page=None, start=10**9, end=10**9 + 13)
    assert embedded_text(edited, "", found[-1]) == "Another text."


def test_a_short_table_stays_in_one_piece_with_its_head():
    table = "| Year | Days |\n| --- | --- |\n" + "\n".join(f"| {2000 + n} | {n + 20} |" for n in range(20))
    blocks = [Block(text="Leave grows. " * 30), Block(text=table, table=True), Block(text="It ends. " * 40)]
    holding = [found.text for found in chunk(blocks) if "| 2010 |" in found.text]
    assert holding
    assert all(table in text for text in holding)
    torn = [found.text for found in chunk(blocks) if "| 20" in found.text and table not in found.text]
    assert torn == []


def test_a_wide_head_is_shortened_rather_than_lost():
    head = "| " + " | ".join(f"Question {n} of the survey" for n in range(10)) + " |\n|" + " --- |" * 10
    rows = "\n".join("| " + " | ".join(f"answer {n}" for _ in range(10)) + " |" for n in range(30))
    first, *others = chunk([Block(text=f"{head}\n{rows}", table=True)])
    assert first.text.startswith(head)
    assert others
    assert all(found.text.startswith("| Question 0 of") for found in others)
    assert all(len(found.text) <= SIZE for found in others)
