"""What each further kind of file becomes: tables with their heads, messages, notebooks, data, source code."""

import datetime
import io
import json
import re
import zipfile
from email.message import EmailMessage

import pytest

from knowledge.parsing import READERS, ParseError, sentences
from knowledge.parsing.json_values import JsonReader
from knowledge.parsing.mail import MailReader
from knowledge.parsing.notebook import NotebookReader
from knowledge.parsing.opendocument import OpenSheetReader, OpenSlidesReader
from knowledge.parsing.separated import SeparatedReader
from knowledge.parsing.slides import SlidesReader
from knowledge.parsing.source import SourceReader
from knowledge.parsing.spreadsheets import SpreadsheetReader
from webui import catalogues


@pytest.fixture
def read(tmp_path):
    def read_file(reader, content):
        path = tmp_path / "stored"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return reader.read(path)

    return read_file


def told(parsed):
    return [(block.heading, block.text) for block in parsed.blocks]


def workbook(build):
    import openpyxl

    book = openpyxl.Workbook()
    build(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_every_sheet_is_a_heading_and_every_table_keeps_its_head(read):
    def build(book):
        sheet = book.active
        sheet.title = "销售"
        sheet.append(["2026 年销售表"])
        sheet.append([])
        sheet.append(["月份", "金额", "比例", "日期"])
        sheet.append(["1月", 1000.50, 0.15, datetime.date(2026, 1, 31)])
        sheet["C4"].number_format = "0.0%"
        sheet.append([])
        sheet.append(["Name", "Years"])
        sheet.append(["Wang | Li", 3])
        book.create_sheet("Empty")
        book.create_sheet("Codes").append([7, "x"])

    parsed = read(SpreadsheetReader(), workbook(build))
    assert told(parsed) == [
        (("销售",), "2026 年销售表"),
        (("销售",), "| 月份 | 金额 | 比例 | 日期 |\n| --- | --- | --- | --- |\n| 1月 | 1000.5 | 15% | 2026-01-31 |"),
        (("销售",), "| Name | Years |\n| --- | --- |\n| Wang \\| Li | 3 |"),
        (("Codes",), "| A | B |\n| --- | --- |\n| 7 | x |"),
    ]
    assert [block.table for block in parsed.blocks] == [False, True, True, True]


def test_a_table_too_wide_for_a_passage_becomes_records_that_name_their_columns(read):
    names = [f"Question number {n} of the survey" for n in range(20)]
    text = ",".join(names) + "\n" + ",".join(f"answer {n}" for n in range(20))
    (block,) = read(SeparatedReader(), text).blocks
    assert not block.table
    assert block.text.startswith("Question number 0 of the survey: answer 0\nQuestion number 1 of")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_of_a_csv_is_found_out(read, separator):
    rows = [["姓名", "部门", "备注"], ["张三", "销售", '"a;b,c"'], ["李四", "财务", "两行"]]
    text = "\n".join(separator.join(row) for row in rows)
    (block,) = read(SeparatedReader(), text.encode("gb18030")).blocks
    assert block.text.split("\n")[0] == "| 姓名 | 部门 | 备注 |"
    assert "| 张三 | 销售 | a;b,c |" in block.text
    assert block.table


def test_a_table_that_never_ends_says_how_far_it_was_read(read, monkeypatch):
    monkeypatch.setattr("knowledge.parsing.tables.LONGEST_TABLE", 80)
    parsed = read(SeparatedReader(), "name,number\n" + "somebody,12345\n" * 1000)
    assert parsed.notes == ((sentences.ROWS_LEFT_OUT, {"table": "CSV", "rows": 4}),)
    assert parsed.blocks[0].text.count("somebody") == 3


def test_json_records_are_a_table_and_the_rest_are_paths(read):
    value = {
        "name": "webui",
        "price": 1.10,
        "people": [{"id": 1, "name": {"first": "Ana"}}, {"id": 2, "name": {"first": "Bo"}, "tags": ["x", "y"]}],
        "limits": {"a": {"b": {"c": {"d": [1, {"e": None}]}}}},
    }
    assert told(read(JsonReader(), json.dumps(value).replace("1.1,", "1.10,"))) == [
        ((), "name: webui\nprice: 1.10"),
        (("people",), "| id | name.first | tags |\n| --- | --- | --- |\n| 1 | Ana |  |\n| 2 | Bo | x, y |"),
        (("limits", "a", "b"), "c.d[0]: 1\nc.d[1].e: null"),
    ]
    lines = read(JsonReader(), '{"q": "年假?", "n": 27}\n{"q": "加班?", "n": 3}\n')
    assert told(lines) == [((), "| q | n |\n| --- | --- |\n| 年假? | 27 |\n| 加班? | 3 |")]


def test_broken_json_says_in_which_line(read):
    with pytest.raises(ParseError) as refused:
        read(JsonReader(), '{"a": 1,\n "b": \n}')
    assert str(refused.value) == sentences.BROKEN_JSON % {"line": 3}


def test_a_message_begins_with_who_wrote_it_and_names_what_is_attached(read):
    message = EmailMessage()
    message["From"] = "王芳 <wang@example.com>"
    message["To"] = "bob@example.com"
    message["Date"] = "Fri, 13 Nov 2026 09:30:00 +0800"
    message["Subject"] = "年假申请"
    message.set_content("我想休二十七天年假。\n", charset="gb18030")
    message.add_alternative("<p>我想休二十七天年假。</p>", subtype="html")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="../../etc/计划.pdf")
    parsed = read(MailReader(), bytes(message))
    assert told(parsed) == [
        (
            ("年假申请",),
            "From: 王芳 <wang@example.com>\nTo: bob@example.com\nDate: Fri, 13 Nov 2026 09:30:00 +0800\n"
            "Subject: 年假申请\nAttachment: 计划.pdf",
        ),
        (("年假申请",), "我想休二十七天年假。"),
    ]
    assert parsed.notes == ((sentences.ATTACHMENTS_LEFT_OUT, {"names": "计划.pdf"}),)


def test_a_forwarded_message_is_read_below_the_one_that_brings_it(read):
    inner = EmailMessage()
    inner["Subject"] = "Rules"
    inner.set_content("Overtime must be approved.")
    outer = EmailMessage()
    outer["Subject"] = "Fwd"
    outer.set_content("See below.")
    outer.add_attachment(inner)
    parsed = read(MailReader(), bytes(outer))
    assert (("Fwd", "Rules"), "Overtime must be approved.") in told(parsed)
    assert parsed.notes == ()


def test_a_notebook_keeps_headings_code_and_what_was_printed(read):
    cells = [
        {"cell_type": "markdown", "source": ["# Leave\n", "Twenty-seven *days*."]},
        {
            "cell_type": "code",
            "source": "print('二十七')\n# no heading",
            "outputs": [
                {"output_type": "stream", "text": ["二十七\n"]},
                {"output_type": "display_data", "data": {"image/png": "iVBOR", "text/plain": "<Figure>"}},
                {"output_type": "error", "traceback": ["\x1b[31mValueError\x1b[0m: no"]},
                {"output_type": "stream", "text": "z" * 9000},
            ],
        },
    ]
    parsed = read(NotebookReader(), json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    assert parsed.blocks[0].heading == ("Leave",)
    assert parsed.blocks[0].text.startswith(
        "Twenty-seven *days*.\n\n```python\nprint('二十七')\n# no heading\n```\n\n```text\n二十七\n```\n\n"
        "```text\n<Figure>\n```\n\n```text\nValueError: no\n```"
    )
    assert parsed.notes == ((sentences.OUTPUT_LEFT_OUT, {"cells": 1}),)


def test_source_code_stands_below_the_names_of_its_definitions(read):
    body = "        return 'a line that is long enough to make this definition a passage of its own'\n" * 5
    code = f"import os\n\n\nclass Leave:\n    def days(self):\n{body}\n    @cached\n    def left(self):\n{body}\n"
    parsed = read(SourceReader("py"), code)
    assert [block.heading for block in parsed.blocks] == [("Leave",), ("Leave", "left")]
    assert parsed.blocks[1].text.startswith("```python\n    @cached\n    def left(self):")
    sql = read(SourceReader("sql"), "CREATE TABLE IF NOT EXISTS leave (days int);")
    assert told(sql) == [(("leave",), "```sql\nCREATE TABLE IF NOT EXISTS leave (days int);\n```")]


def test_every_sentence_has_its_chinese():
    known = {entry.msgid for entry in catalogues.merged()}
    spoken = {text for name, text in vars(sentences).items() if name.isupper()}
    assert spoken - known == set()


def test_each_slide_is_a_page_with_its_title_its_table_and_the_speakers_notes(read):
    from pptx import Presentation
    from pptx.util import Inches

    show = Presentation()
    first = show.slides.add_slide(show.slide_layouts[1])
    first.shapes.title.text = "季度总结"
    first.placeholders[1].text = "收入增长 15%\nsecond point"
    first.notes_slide.notes_text_frame.text = "先问候大家"
    second = show.slides.add_slide(show.slide_layouts[5])
    second.shapes.title.text = "Numbers"
    place = Inches(1)
    table = second.shapes.add_table(2, 2, place, place, place, place).table
    for at, text in enumerate(["Region", "Sales", "北京", "120"]):
        table.cell(at // 2, at % 2).text = text
    show.slides.add_slide(show.slide_layouts[6])
    show.slides._sldIdLst.insert(0, show.slides._sldIdLst[1])  # shown first, made second
    out = io.BytesIO()
    show.save(out)
    parsed = read(SlidesReader(), out.getvalue())
    assert [(block.page, block.heading, block.text) for block in parsed.blocks] == [
        (1, ("Numbers",), "| Region | Sales |\n| --- | --- |\n| 北京 | 120 |"),
        (2, ("季度总结",), "收入增长 15%\nsecond point"),
        (2, ("季度总结", "Notes"), "先问候大家"),
    ]
    assert (parsed.pages, parsed.pages_without_text) == (3, 1)


def test_a_sheet_of_opendocument_does_not_repeat_its_empty_end(read):
    row = "<table:table-row{}><table:table-cell{}><text:p>{}</text:p></table:table-cell>{}</table:table-row>"
    rows = [
        row.format("", "", "部门", "<table:table-cell><text:p>人<text:s text:c='2'/>数</text:p></table:table-cell>"),
        row.format("", "", "销售", "<table:table-cell><office:annotation><text:p>why</text:p></office:annotation>"
                   "<text:p>15 %</text:p></table:table-cell>"),
        row.format(" table:number-rows-repeated='1048000'", " table:number-columns-repeated='16384'", "", ""),
    ]  # fmt: skip
    parsed = read(
        OpenSheetReader(), opendocument("spreadsheet", f"<table:table table:name='一月'>{''.join(rows)}</table:table>")
    )
    assert told(parsed) == [(("一月",), "| 部门 | 人 数 |\n| --- | --- |\n| 销售 | 15 % |")]


def test_slides_of_opendocument_are_pages(read):
    frame = "<draw:frame{}><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>"
    page = (
        "<draw:page>" + frame.format(" presentation:class='title'", "Plan")
        + frame.format("", "第一步<text:tab/>第二步")
        + "<presentation:notes>" + frame.format("", "say hello") + "</presentation:notes></draw:page>"
    )  # fmt: skip
    parsed = read(OpenSlidesReader(), opendocument("presentation", page + "<draw:page/>"))
    assert told(parsed) == [(("Plan",), "第一步\t第二步"), (("Plan", "Notes"), "say hello")]
    assert (parsed.pages, parsed.pages_without_text) == (2, 1)


def test_an_rtf_of_a_chinese_office_is_read(tmp_path):
    text = b"{\\rtf1\\ansi\\ansicpg936{\\fonttbl{\\f0\\fcharset134 SimSun;}}\\f0 {\\b " + rtf("年假") + b"}\\par "
    text += rtf("每位员工每年有二十七天年假。") + b"\\par \\u20170?\\u22825?\\par}"
    path = tmp_path / "stored"
    path.write_bytes(text)
    assert told(READERS["rtf"].read(path)) == [(("年假",), "每位员工每年有二十七天年假。\n\n今天")]


def rtf(text):
    return b"".join(b"\\'%02x" % byte for byte in text.encode("gb18030"))


def opendocument(kind, body, more=()):
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
        for name, space in [
            ("office", "office"),
            ("table", "table"),
            ("text", "text"),
            ("draw", "drawing"),
            ("presentation", "presentation"),
        ]
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:{kind}>{body}"
            f"</office:{kind}></office:body></office:document-content>",
        )
        for name, text in more:
            archive.writestr(name, text)
    return out.getvalue()


def test_the_list_of_kinds_is_what_is_read():
    text = (catalogues.ROOT / "docs" / "libraries.md").read_text()
    listed = text.partition("**Kinds of files**")[2].partition("The same bytes")[0]
    assert set(re.findall(r"`\.(\w+)`", listed)) == set(READERS)
