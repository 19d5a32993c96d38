"""Awkward and hostile files: each ends in its one right cause, or in its text, through the real reading process."""

import io
import random
import subprocess
import sys

import pytest

from knowledge.parsing import ParseError, extension_of, isolation, recognition, sentences
from tests.knowledge import awkward
from tests.knowledge.files import docx_bomb, encrypted_pdf, pdf

LEAVE = "年假规定：每位员工每年有二十七天带薪年假，从入职之日起计算。"
TAIWAN = "繁體中文的說明文件，請先閱讀。使用者必須登入系統。"
NOISE = random.Random(7).randbytes(4000).replace(b"\x00", b"\x01")
OCR = recognition.installed()

# What happens to it: the sentence of a refusal, or words of its text and the sentence of a note.
FILES = {
    "only blanks.txt": ("\n \t\n", sentences.EMPTY),
    "gb18030.txt": (LEAVE.encode("gb18030"), (LEAVE, None)),
    "big5.txt": (TAIWAN.encode("big5"), (TAIWAN, None)),
    "utf-16 without mark.txt": (LEAVE.encode("utf-16-le"), (LEAVE, None)),
    "shift-jis.txt": ("社員は毎年二十七日の有給休暇を取得できます。".encode("cp932"), ("有給休暇", None)),
    "a few bad bytes.txt": (LEAVE.encode() * 20 + b"\xff\xfe", (LEAVE, sentences.CHARACTERS_LOST)),
    "a program.txt": (NOISE, sentences.NO_TEXT_KIND),
    "a novel of 6 million.txt": ("word " * 1_200_000, sentences.TOO_MUCH_TEXT),
    "cut off.pdf": (pdf("Here are the rules.")[:300], sentences.DAMAGED),
    "locked.pdf": (encrypted_pdf(), sentences.ENCRYPTED),
    "a scan.pdf": (pdf("", "", images=True), sentences.SCAN if OCR else sentences.SCAN_WITHOUT_OCR),
    "blank pages.pdf": (pdf("", ""), sentences.EMPTY),
    "cut off.docx": (awkward.docx()[:9000], sentences.DAMAGED),
    "locked.docx": (awkward.OLE + bytes(2000) + "EncryptedPackage".encode("utf-16-le"), sentences.ENCRYPTED),
    "of 1997.docx": (awkward.OLE + bytes(2000) + "WordDocument".encode("utf-16-le"), sentences.OLD_OFFICE),
    "a bomb.docx": (docx_bomb(), sentences.BOMB),
    "a small bomb.docx": (awkward.padded(awkward.docx(), "word/document.xml", 30), sentences.BOMB_RATIO),
    "20,001 parts.docx": (awkward.many_entries(), sentences.BOMB),
    "entities.docx": (awkward.with_entities(awkward.docx(), "word/document.xml"), sentences.HOSTILE_XML),
    "another zip.docx": (awkward.zipped(**{"notes.txt": "hello"}), sentences.WRONG_TYPE),
    "names that climb.docx": (
        awkward.changed(awkward.docx(), "", bytes, [("../../../../tmp/climbed", "x"), ("/etc/climbed", "x")]),
        ("Leave is 27 days.", None),
    ),
    "a flipped bit.pptx": (awkward.corrupt(awkward.pptx(), "ppt/slides/slide1.xml"), sentences.DAMAGED),
    "hidden entities.pptx": (awkward.hidden_entities(awkward.pptx(), "ppt/slides/slide1.xml"), sentences.HOSTILE_XML),
    "groups in groups.pptx": (awkward.nested(), sentences.TOO_DEEP),
    "entities.xlsx": (awkward.with_entities(awkward.xlsx(["a", 1]), "xl/workbook.xml"), sentences.HOSTILE_XML),
    "claims a million rows.xlsx": (awkward.claims_a_million_rows(), ("| first | 27 |", None)),
    "a forgotten far cell.xlsx": (awkward.far_cell(), ("| first | 27 |", None)),
    "an endless log.xlsx": (awkward.endless_rows(), ("xxx", sentences.ROWS_LEFT_OUT)),
    "a million times the same row.ods": (awkward.endless_sheet(), ("| x | x |", sentences.ROWS_LEFT_OUT)),
    "locked.odt": (awkward.locked_odt(), sentences.ENCRYPTED),
    "a text that says it is a sheet.ods": (awkward.opendocument("text", "<office:text/>"), sentences.WRONG_TYPE),
    "no book.epub": (awkward.zipped(mimetype="application/epub+zip"), sentences.WRONG_TYPE),
    "20,000 levels.html": ("<div>" * 20_000 + "hello" + "</div>" * 20_000, ("hello", None)),
    "nothing but a program.html": ("<html><script>var a = 'text'</script></html>", sentences.EMPTY),
    "breaks off.json": ('{"a": 1,\n "b": ', sentences.BROKEN_JSON),
    "100,000 levels.json": (awkward.chain(), sentences.TOO_DEEP),
    "one quotation mark.csv": ('name,days\n"Wang,27\nLi,28\n', ("Wang,27", None)),
    "no cells.ipynb": (awkward.notebook(), sentences.EMPTY),
    "unknown encoding.eml": (awkward.mail("Leave is 27 days.", "x-nobody-knows"), ("Leave is 27 days.", None)),
    "60 messages in each other.eml": (awkward.matryoshka(), ("shell 55", sentences.ATTACHMENTS_LEFT_OUT)),
    "no message.eml": ("hello: world\n\ntext", sentences.WRONG_TYPE),
    "cut off.rtf": (b"{\\rtf1\\ansi Leave is 27 days.\\par", ("Leave is 27 days.", None)),
    "60,000 pixels wide.png": (
        awkward.huge_picture(),
        sentences.TOO_MANY_PIXELS if OCR else sentences.PICTURE_WITHOUT_OCR,
    ),
    "cut off.png": (awkward.cut_picture(), sentences.DAMAGED if OCR else sentences.PICTURE_WITHOUT_OCR),
}


@pytest.fixture(scope="module")
def ends(tmp_path_factory):
    """What became of each file: the parsed one, or the refusal."""
    folder = tmp_path_factory.mktemp("awkward")
    places = {name: folder / f"{number}.{extension_of(name)}" for number, name in enumerate(FILES)}
    for name, place in places.items():
        content = FILES[name][0]
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    subprocess.run([sys.executable, "-m", "tests.knowledge.reading_many", str(folder)], check=True)
    return {name: end_of(place) for name, place in places.items()}


def end_of(place):
    """As the parent of a reading process hears it."""
    code = int(place.with_suffix(".code").read_text())
    try:
        with place.with_suffix(".answer").open("rb") as answer:
            return isolation._answer(answer) if code == 0 else isolation._cause(code, io.BytesIO(), 60)
    except ParseError as refusal:
        return refusal


@pytest.mark.parametrize("name", FILES)
def test_every_awkward_file_ends_in_its_one_right_cause(ends, name):
    expected, end = FILES[name][1], ends[name]
    if isinstance(expected, str):
        assert isinstance(end, ParseError), end
        assert end.sentence == expected
        assert "%(" not in str(end)
        return
    words, note = expected
    assert not isinstance(end, ParseError), str(end)
    assert words in "\n".join(block.text for block in end.blocks)
    assert [sentence for sentence, _values in end.notes] == ([note] if note else [])


def test_there_are_thirty_and_none_ends_in_an_unknown_cause(ends):
    assert len(ends) >= 30
    told = {end.sentence for end in ends.values() if isinstance(end, ParseError)}
    assert not told & {sentences.CRASHED, sentences.TOO_SLOW, sentences.TOO_HUNGRY}


def test_no_text_of_the_server_is_in_any_of_them(ends):
    read = "\n".join(block.text for end in ends.values() if not isinstance(end, ParseError) for block in end.blocks)
    assert "root:" not in read
