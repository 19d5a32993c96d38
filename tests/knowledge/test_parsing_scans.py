"""Pages that are pictures: they are counted, said, and read when somebody asks and Tesseract is there."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from knowledge.parsing import ParseError, extension_of, isolation, pictures, recognition, sentences
from knowledge.parsing.pdf import PdfReader
from knowledge.parsing.pictures import PictureReader
from tests.knowledge.files import pdf

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
RULE = "年假规定：每年二十七天。"
needs_tesseract = pytest.mark.skipif(
    not {"chi_sim", "eng"} <= set(recognition.languages()) or not FONT.exists(),
    reason="Tesseract with English and Chinese, or the Noto font, is not installed (tesseract-ocr-chi-sim)",
)


@pytest.fixture
def stored(tmp_path):
    def store(content):
        path = tmp_path / "stored"
        path.write_bytes(content)
        return path

    return store


@pytest.fixture
def no_tesseract(monkeypatch):
    monkeypatch.setattr(recognition, "installed", lambda: False)


def picture(text):
    drawn = Image.new("L", (1000, 500), 255)
    ImageDraw.Draw(drawn).text((100, 100), text, font=ImageFont.truetype(str(FONT), 48), fill=0)
    return drawn


def saved(drawn, kind, *more):
    out = io.BytesIO()
    several = {"save_all": True, "append_images": list(more)} if more else {}
    dots = {"resolution": 200} if kind == "PDF" else {}
    drawn.save(out, kind, **several, **dots)
    return out.getvalue()


@needs_tesseract
def test_a_scan_says_so_and_is_read_when_somebody_asks(stored):
    scan = stored(saved(picture(RULE), "PDF", picture("Overtime needs approval")))
    with pytest.raises(ParseError) as refused:
        isolation.parse(scan, "pdf")
    assert str(refused.value) == sentences.SCAN % {"pages": 2}
    parsed = isolation.parse(scan, "pdf", ocr=True)
    assert [(block.page, block.text) for block in parsed.blocks] == [(1, RULE), (2, "Overtime needs approval")]
    assert (parsed.pages, parsed.pages_without_text, parsed.parser) == (2, 0, "PDFium + Tesseract")


@needs_tesseract
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tiff"])
def test_a_picture_of_text_is_read_at_once(stored, name):
    kind = {"jpg": "JPEG"}.get(extension_of(name), extension_of(name).upper())
    parsed = PictureReader(extension_of(name), media_type="").read(stored(saved(picture("Leave 27 days"), kind)))
    assert [block.text for block in parsed.blocks] == ["Leave 27 days"]


def test_pages_without_text_are_counted_and_said(stored):
    mixed = pdf("Text on this page", "", images=True)
    mixed = mixed.replace(b"/Contents 11 0 R /Resources << /XObject << /I 5 0 R >> >>", b"/Contents 11 0 R")
    half = pdf("Here are the rules for everybody.", "")
    parsed = PdfReader().read(stored(half))
    assert (parsed.pages, parsed.pages_without_text, parsed.notes) == (2, 1, ()), "an empty page is no picture"
    with pytest.raises(ParseError, match="it is a scan"):
        PdfReader().read(stored(mixed))


def test_without_tesseract_a_scan_says_what_to_install(stored, no_tesseract):
    scan = stored(pdf("", images=True))
    with pytest.raises(ParseError) as refused:
        PdfReader().read(scan)
    assert str(refused.value) == sentences.SCAN_WITHOUT_OCR % {"pages": 1}
    with pytest.raises(ParseError) as refused:
        PictureReader("png", media_type="image/png").read(stored(saved(Image.new("L", (9, 9)), "PNG")))
    assert refused.value.sentence == sentences.PICTURE_WITHOUT_OCR


def test_recognition_that_runs_out_of_time_says_how_far_it_came(stored, monkeypatch):
    monkeypatch.setattr(recognition, "installed", lambda: True)
    monkeypatch.setattr(recognition, "text_in", lambda _picture, _seconds: "words")
    monkeypatch.setattr(recognition.Deadline, "room", lambda _self, done, _since: done < 2)
    parsed = PdfReader().recognise(stored(pdf("", "", "", images=True)), 60)
    assert [block.page for block in parsed.blocks] == [1, 2]
    assert parsed.notes == ((sentences.PAGES_LEFT_OUT, {"done": 2, "pages": 3}),)
    frames = [Image.new("L", (9, 9)) for _ in range(4)]
    parsed = PictureReader("tiff", media_type="").recognise(stored(saved(frames[0], "TIFF", *frames[1:])), 60)
    assert parsed.notes == ((sentences.PAGES_LEFT_OUT, {"done": 2, "pages": 4}),)


def test_a_picture_without_words_is_no_document(stored, monkeypatch):
    monkeypatch.setattr(recognition, "installed", lambda: True)
    monkeypatch.setattr(recognition, "text_in", lambda _picture, _seconds: "")
    with pytest.raises(ParseError) as refused:
        PictureReader("png", media_type="").read(stored(saved(Image.new("L", (9, 9)), "PNG")))
    assert refused.value.sentence == sentences.NOTHING_RECOGNISED


def test_a_picture_bomb_is_not_unpacked(stored, monkeypatch):
    monkeypatch.setattr(recognition, "installed", lambda: True)
    monkeypatch.setattr(pictures, "MOST_PIXELS", 80)
    with pytest.raises(ParseError) as refused:
        PictureReader("png", media_type="").read(stored(saved(Image.new("L", (9, 9)), "PNG")))
    assert refused.value.sentence == sentences.TOO_MANY_PIXELS


def test_lines_of_a_recognised_page_become_paragraphs():
    told = "The limit is forty-eight hours in the depart-\nment of each week\n\n年 假 规 定\n\x0c"
    assert recognition.paragraphs(told) == "The limit is forty-eight hours in the department of each week\n\n年假规定"
