"""What was read, put together again from chunks that overlap."""

import pytest

from knowledge import reading
from knowledge.models import Chunk, Document
from tests.knowledge.files import pdf

pytestmark = pytest.mark.django_db

SENTENCES = [f"Sentence number {n} of this long page is here." for n in range(60)]


def shown(sheet):
    return "".join(piece.before + piece.text for piece in sheet.pieces)


def test_overlaps_are_shown_once_and_nothing_is_missing(read):
    document = read("long.txt", " ".join(SENTENCES))
    assert document.chunks.count() > 5
    assert shown(reading.sheet(document)) == " ".join(SENTENCES)


def test_the_cited_passage_is_marked_from_its_first_to_its_last_letter(read):
    document = read("long.txt", " ".join(SENTENCES))
    cited = document.chunks.get(ordinal=2)
    sheet = reading.sheet(document, chunk_id=cited.pk)
    assert "".join(piece.before + piece.text for piece in sheet.pieces if piece.marked) == cited.text
    assert shown(sheet) == " ".join(SENTENCES)


def test_a_passage_that_crosses_pages_is_shown_on_both(read):
    pages = ["\n".join(SENTENCES[:30]), "\n".join(SENTENCES[30:]), "Something else."]
    document = read("a.pdf", pdf(*pages, outline=[("Long", 0), ("Else", 2)]))
    second = reading.sheet(document, number=2)
    assert SENTENCES[30] in shown(second)
    assert SENTENCES[59] in shown(second)
    assert SENTENCES[0] not in shown(second)
    third = reading.sheet(document, number=3)
    assert shown(third) == "Something else."
    cited = Chunk.objects.filter(document=document, page=2).first()
    assert reading.sheet(document, chunk_id=cited.pk).number == 2


def test_the_head_of_a_table_is_shown_with_each_of_its_chunks(read):
    rows = "\n".join(f"| {n} | {'word ' * 10}|" for n in range(30))
    document = read("a.md", f"# T\n\n| a | b |\n| - | - |\n{rows}\n")
    assert document.chunks.count() > 2
    assert shown(reading.sheet(document)).count("| a | b |") == document.chunks.count()


def test_another_documents_chunk_marks_nothing(read):
    document, other = read("a.txt", "one"), read("b.txt", "two")
    sheet = reading.sheet(document, chunk_id=other.chunks.get().pk)
    assert (shown(sheet), [piece.marked for piece in sheet.pieces]) == ("one", [False])


def test_a_document_that_was_not_read_has_nothing_to_show(add):
    assert reading.sheet(Document.objects.get(pk=add("a.txt", "a").pk)).pieces == ()
