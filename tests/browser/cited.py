"""Answers that cite documents which were really read: what the tests and the pictures of the reader open."""

from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from tests.knowledge.files import docx_file

HANDBOOK = Path(__file__).parents[1] / "data" / "handbook.pdf"
RULES = "出差补贴管理办法.docx"


def add(library, name, content, read=True):
    """A document of these bytes with the passages that our own reader and chunker make of them, ready."""
    from knowledge import storage
    from knowledge.chunking import chunk
    from knowledge.models import Chunk, Document
    from knowledge.parsing import ParseError, reader_for

    stored = storage.store(BytesIO(content), limit=10**8, by_content=True)
    reader = reader_for(name, content[:4096])
    with NamedTemporaryFile(suffix=Path(name).suffix) as file:
        Path(file.name).write_bytes(content)
        try:
            parsed = reader.read(Path(file.name)) if read else None
        except ParseError:
            parsed = None
    document = Document.objects.create(
        library=library, name=name, status="ready", media_type=reader.media_type, size=len(content),
        file_name=stored.name, sha256=stored.sha256, pages=parsed and parsed.pages,
    )  # fmt: skip
    for number, one in enumerate(chunk(parsed.blocks) if parsed else ()):
        place = {"heading": one.heading, "page": one.page, "start": one.start, "end": one.end}
        Chunk.objects.create(document=document, ordinal=number, text=one.text, **place)
    return document


def chat_citing(user, question, answer, passages, title="Reading"):
    """The address of a chat with an answer whose sources are `passages`: chunks, or fields of a `Source`."""
    from chat.citations import checked
    from chat.models import Conversation, Message, Source

    chat = Conversation.objects.create(owner=user, title=title, title_by_person=True)
    asked = Message.objects.create(conversation=chat, author=user, role="user", text=question)
    reply = Message.objects.create(
        conversation=chat, parent=asked, role="assistant", text=answer, model_name="qwen3-30b", finish_reason="stop"
    )
    sources = [Source(message=reply, n=n, **_fields(one, n)) for n, one in enumerate(passages, 1)]
    for source in sources:
        source.opened = True
    checks = checked(answer, [source.to_wire() for source in sources])
    for source in sources:
        source.cited, source.checks = source.n in checks, checks.get(source.n, [])
        source.save()
    chat.show(reply)
    return f"/c/{chat.pk}/"


def _fields(passage, n):
    if isinstance(passage, dict):
        return {"score": 0.9 - n / 10, **passage}
    document = passage.document
    return {
        "document": document, "document_name": document.name, "title": document.name, "library": document.library_id,
        "chunk": passage.pk, "text": passage.text, "heading": passage.heading, "page": passage.page,
        "start": passage.start, "end": passage.end, "score": 0.95 - n / 10,
    }  # fmt: skip


def rules_docx():
    """Chinese rules with headings and a table."""

    def build(document):
        document.add_heading("出差补贴管理办法", 1)
        document.add_paragraph("本办法适用于全体正式员工。员工出差须提前三个工作日提交申请，由部门经理审批。")
        document.add_heading("第一章 补贴标准", 2)
        document.add_paragraph("国内出差每人每天补贴人民币一百八十元，出差不足半天的按半天计算。")
        table = document.add_table(rows=3, cols=3)
        rows = (("城市", "住宿上限", "餐费"), ("上海", "650元", "120元"), ("成都", "480元", "90元"))
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        document.add_heading("第二章 报销", 2)
        document.add_paragraph("出差结束后三十天内凭发票报销，逾期不予受理。特殊情况须经财务部书面同意。")

    return docx_file(build)
