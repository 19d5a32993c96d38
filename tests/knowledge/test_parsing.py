"""What each kind of file becomes, and what a person is told when it becomes nothing."""

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter

import psutil
import pytest

from knowledge.parsing import ParseError, extension_of, isolation, reader_for, sentences
from knowledge.parsing.flow import flow
from knowledge.parsing.markdown import blocks_of
from knowledge.parsing.running_lines import without_running_lines
from tests.knowledge.files import docx_bomb, docx_file, encrypted_pdf, pdf, policy_pdf
from tests.waiting import eventually

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
LEAVE = "年假规定：每位员工每年有二十七天带薪年假，从入职之日起计算。\n加班必须事先得到批准。"


@pytest.fixture
def parse(tmp_path):
    def parse_file(name, content, **limits):
        path = tmp_path / "stored"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return isolation.parse(path, extension_of(name), **limits)

    return parse_file


@pytest.fixture
def refusal(parse):
    def sentence_of(name, content, **limits):
        with pytest.raises(ParseError) as refused:
            parse(name, content, **limits)
        return str(refused.value)

    return sentence_of


def texts(parsed):
    return [(block.heading, block.text) for block in parsed.blocks]


def test_a_pdf_has_the_headings_of_its_bookmarks_and_its_pages(parse):
    parsed = parse("a.pdf", pdf("Front page", "1 Leave\nTwenty-seven days.", "Still about it.", outline=[("Leave", 1)]))
    assert parsed.pages == 3
    assert [(block.page, block.heading, block.text) for block in parsed.blocks] == [
        (1, (), "Front page"),
        (2, ("Leave",), "1 Leave\nTwenty-seven days."),
        (3, ("Leave",), "Still about it."),
    ]


def test_the_policy_manual_is_read_in_seconds_with_right_pages(parse):
    body = policy_pdf()
    begun = time.monotonic()
    parsed = parse("policy.pdf", body)
    assert time.monotonic() - begun < 15
    assert parsed.pages == 193
    headings = {block.heading for block in parsed.blocks}
    assert len(headings) > 300
    pages = {
        "Every source package must include the Debian changelog file": 31,
        "Every package must have a name that’s unique": 23,
    }
    for text, page in pages.items():
        assert {block.page for block in parsed.blocks if text in " ".join(block.text.split())} == {page}
    running = Counter(line for block in parsed.blocks for line in block.text.split("\n"))
    assert running["Debian Policy Manual, Release 4.6.2.0"] == 0, "the running head is no text"


def test_page_numbers_and_running_heads_are_no_text():
    pages = [f"Handbook\n{'abcdefgh'[n]} text\nand more\n{n + 3} Chapter {n % 2}" for n in range(8)]
    assert without_running_lines(pages)[:2] == ["a text\nand more", "b text\nand more"]


def test_lines_of_a_chinese_page_are_joined_without_blanks():
    lines = [
        "根据本公司的规定，每位员工每年享有二十七天的带薪",
        "年假，从入职之日起计算，未休 的年假可以顺延至次年三",
        "月底。",
        "加班",
    ]
    assert flow(lines) == (
        "根据本公司的规定，每位员工每年享有二十七天的带薪年假，从入职之日起计算，未休的年假可以顺延至次年三月底。\n加班"
    )


def test_a_docx_keeps_headings_and_tables(parse):
    def build(document):
        document.add_heading("Leave 休假", 1)
        document.add_paragraph("Everyone has 27 days. 每人 27 天。")
        document.add_heading("Days", 2)
        table = document.add_table(rows=2, cols=2)
        for cell, text in zip(table._cells, ["Years", "Days", "1", "27"], strict=True):
            cell.text = text
        document.add_paragraph("# not a heading *at all*")

    parsed = parse("a.docx", docx_file(build))
    assert texts(parsed) == [
        (("Leave 休假",), "Everyone has 27 days. 每人 27 天。"),
        (("Leave 休假", "Days"), "| Years | Days |\n| --- | --- |\n| 1 | 27 |"),
        (("Leave 休假", "Days"), "# not a heading *at all*"),
    ]
    assert [block.table for block in parsed.blocks] == [False, True, False]


def test_markdown_is_told_apart_line_by_line():
    text = (
        "Intro\n\n# One ##\n\ntext\n\n```sh\n# no heading\n| no | table |\n|--|--|\n```\n\nTwo\n===\n\n"
        "| a | b |\n|---|:-:|\n| 1 | 2 |\nafter\n\n### **Deep** [link](http://x)\nend\n# Alone\n# Last\n"
    )
    assert [(block.heading, block.text, block.table) for block in blocks_of(text)] == [
        ((), "Intro", False),
        (("One",), "text\n\n```sh\n# no heading\n| no | table |\n|--|--|\n```", False),
        (("Two",), "| a | b |\n|---|:-:|\n| 1 | 2 |", True),
        (("Two",), "after", False),
        (("Two", "Deep link"), "end", False),
        (("Alone",), "Alone", False),
        (("Last",), "Last", False),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "big5"])
def test_plain_text_is_read_in_its_real_encoding(parse, encoding):
    text = LEAVE if encoding != "big5" else "繁體中文的說明文件，請先閱讀。使用者必須登入系統。"
    assert texts(parse("a.txt", text.encode(encoding))) == [((), text)]


def test_html_loses_navigation_and_scripts_and_keeps_headings(parse):
    page = """<!doctype html><html><head><title>T</title><script>var secret = "code";</script></head><body>
    <nav><a href="/">Home</a> <a href="/imprint">Imprint link</a></nav>
    <article><h1>Leave</h1><p>Every employee has twenty-seven days of paid leave in each year of service.</p>
    <h2>Overtime</h2><p>Overtime must be approved by the head of the department before it is worked.</p>
    <table><tr><th>Years</th><th>Days</th></tr><tr><td>1</td><td>27</td></tr></table></article>
    <footer>Copyright footer</footer><script>alert(1)</script></body></html>"""
    parsed = parse("a.html", page)
    assert (
        ("Leave", "Overtime"),
        "Overtime must be approved by the head of the department before it is worked.",
    ) in texts(parsed)
    everything = " ".join(text for _heading, text in texts(parsed))
    assert not [word for word in ("Imprint", "secret", "alert", "footer") if word in everything]
    assert any(block.table and "| 27 |" in block.text for block in parsed.blocks)


def test_html_of_a_few_words_is_text_all_the_same(parse):
    assert texts(parse("a.html", "<p>Hello <b>there</b></p>"))[0][1].split() == ["Hello", "there"]


def test_deeply_nested_html_still_gives_its_text(parse):
    assert "hello" in texts(parse("a.html", "<div>" * 20_000 + "hello" + "</div>" * 20_000))[0][1]


def test_what_a_person_is_told(refusal):
    assert refusal("a.pdf", encrypted_pdf()) == sentences.ENCRYPTED
    assert refusal("a.pdf", policy_pdf()[:200_000]) == sentences.DAMAGED
    assert refusal("a.pdf", b"%PDF-1.7 and then nothing") == sentences.DAMAGED
    assert refusal("a.docx", docx_file(lambda document: document.add_paragraph("x"))[:9000]) == sentences.DAMAGED
    assert refusal("a.docx", OLE + bytes(2000) + ENCRYPTED_PACKAGE) == sentences.ENCRYPTED
    assert refusal("a.txt", "\n \t\n") == sentences.EMPTY
    assert refusal("a.docx", docx_file(lambda document: None)) == sentences.EMPTY
    assert refusal("a.pdf", pdf("", "", images=True)) == sentences.SCAN % {"pages": 2}


def test_a_zip_bomb_is_not_unpacked(refusal):
    bomb = docx_bomb()
    assert len(bomb) < 1_000_000
    assert refusal("a.docx", bomb) == sentences.BOMB % {"megabytes": 400}


def test_a_zip_that_lies_about_its_sizes_is_stopped_by_the_limits(refusal):
    bomb = bytearray(docx_bomb(megabytes=900))
    at = bomb.rfind(b"PK\x01\x02")
    bomb[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    assert refusal("a.docx", bytes(bomb)) in (
        sentences.DAMAGED,
        sentences.TOO_HUNGRY,
        sentences.CRASHED,
        sentences.EMPTY,
    )


def test_another_kind_of_zip_is_no_docx(refusal):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("notes.txt", "hello")
    assert refusal("a.docx", out.getvalue()) == sentences.WRONG_TYPE % {"extension": "docx"}


def test_more_text_than_anybody_searches_is_refused(refusal):
    assert refusal("a.txt", "word " * 1_100_000) == sentences.TOO_MUCH_TEXT % {"millions": 5}


def test_a_reader_that_takes_too_long_is_stopped(refusal, monkeypatch):
    monkeypatch.setattr(isolation, "CHILD", "tests.knowledge.endless_reader")
    begun = time.monotonic()
    assert refusal("a.txt", "x", seconds=1) == sentences.TOO_SLOW % {"seconds": 1}
    assert time.monotonic() - begun < 20


def test_a_reader_that_needs_too_much_memory_is_stopped(refusal):
    assert refusal("a.txt", "y" * 30_000_000, memory=40 * 1024**2) == sentences.TOO_HUNGRY


def test_a_reader_that_crashes_costs_its_own_document_only(refusal, monkeypatch):
    monkeypatch.setattr(isolation, "CHILD", "tests.knowledge.no_such_reader")
    assert refusal("a.txt", "x") == sentences.CRASHED


def test_the_reading_process_loads_neither_django_nor_our_settings():
    modules = ("django", "webui.conf", "kreuzberg", "trafilatura")
    code = f"import knowledge.parsing, sys; print([name for name in {modules} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_an_orphaned_reader_ends_by_itself():
    child = subprocess.Popen([sys.executable, "-m", "tests.knowledge.endless_reader", "x", "txt", "1", "1000000000"])
    try:
        assert child.wait(timeout=20) in (-signal.SIGALRM, -signal.SIGXCPU)  # whichever limit is reached first
    finally:
        if child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_reader_ends_with_the_worker_that_was_killed(tmp_path):
    (tmp_path / "stored").write_text("x")
    code = (
        "import sys; from pathlib import Path; from knowledge.parsing import isolation;"
        "isolation.CHILD = 'tests.knowledge.endless_reader'; isolation.parse(Path(sys.argv[1]), 'txt', seconds=60)"
    )
    worker = psutil.Popen([sys.executable, "-c", code, str(tmp_path / "stored")])
    reader = eventually(lambda: worker.children(recursive=True)[1:], 20)[0]  # behind the one that forked it
    eventually(lambda: reader.cpu_times().user > 0.5, 30)
    worker.kill()
    worker.wait()
    gone, _alive = psutil.wait_procs([reader], timeout=20)
    assert gone == [reader]


@pytest.mark.parametrize(
    ("name", "head", "sentence"),
    [
        ("a.exe", b"MZ", "Files of this kind are not read here."),
        ("a", b"text", "Files of this kind are not read here."),
        ("a.pdf", b"PK\x03\x04", "The name ends in .pdf, but"),
        ("a.txt", b"%PDF-1.7", "The name ends in .txt, but"),
        ("a.txt", bytes(range(256)), "The name ends in .txt, but"),
        ("a.md", b"\x89PNG\r\n", "The name ends in .md, but"),
        ("a.docx", b"hello", "The name ends in .docx, but"),
        ("a.html", b"plain words", "The name ends in .html, but"),
    ],
)
def test_name_and_content_must_agree(name, head, sentence):
    with pytest.raises(ParseError, match=sentence):
        reader_for(name, head)
