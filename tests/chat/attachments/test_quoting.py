"""What of a document is put before the model, by the room there is."""

from chat.attachments.quoting import Document, quoted, room_for
from knowledge.parsing import Block


def paper(name, *pages, heading="Chapter"):
    return Document(name=name, blocks=[Block(text=text, page=n, heading=(heading,)) for n, text in enumerate(pages, 1)])


def filler(n):
    return f"Page {n} speaks of weather, bread and the sea at some length. " * 20


def test_a_document_that_fits_is_there_whole_and_in_order():
    passages = quoted([paper("a.pdf", filler(1), filler(2), filler(3))], "Anything?", 10_000)
    assert [passage.page for passage in passages] == sorted(passage.page for passage in passages)
    assert {passage.page for passage in passages} == {1, 2, 3}
    assert "".join(filler(n) for n in (1, 2, 3)).split() == " ".join(passage.text for passage in passages).split()


def test_of_a_long_document_the_beginning_and_what_answers_the_question_are_there():
    pages = [filler(n) for n in range(1, 60)]
    pages[40] = "The zeppelin may carry eighty passengers. " * 3
    passages = quoted([paper("long.pdf", *pages)], "How many passengers may the zeppelin carry?", 2000)
    assert passages[0].page == 1
    best = max(passages, key=lambda passage: passage.score)
    assert "zeppelin" in best.text


def test_a_chinese_question_finds_its_chinese_page():
    pages = [f"第{n}页讲的是天气、面包和大海。" * 30 for n in range(1, 40)]
    pages[20] = "飞艇最多可以搭载八十名乘客。"
    passages = quoted([paper("长.pdf", *pages)], "飞艇能搭载多少乘客？", 2500)
    assert "八十名乘客" in max(passages, key=lambda passage: passage.score).text


def test_a_question_about_the_whole_gets_pieces_from_all_over_it():
    pages = [filler(n) for n in range(1, 101)]
    numbers = [passage.page for passage in quoted([paper("long.pdf", *pages)], "Summarise this, please.", 6000)]
    assert numbers[0] == 1
    assert max(numbers) > 70
    assert len(numbers) > 5


def test_a_small_document_is_not_pushed_out_by_a_large_one():
    passages = quoted(
        [paper("long.pdf", *[filler(n) for n in range(1, 80)]), paper("note.txt", "Four weeks.")], "?", 3000
    )
    assert "Four weeks." in [passage.text for passage in passages if passage.document_name == "note.txt"]
    assert {passage.document_name for passage in passages} == {"long.pdf", "note.txt"}


def test_the_room_is_a_share_of_the_window():
    assert room_for(8000, others=False) == 4000
    assert room_for(9000, others=True) == 3000
    assert room_for(1_000_000, others=False) == room_for(None, others=False) == 24_000
