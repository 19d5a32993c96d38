"""Files that nobody should meet and everybody does: made here, so that each one's fault is known."""

import io
import json
import re
import struct
import zipfile
import zlib
from email.message import EmailMessage

from tests.knowledge.files import docx_file

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DOCX = "word/document.xml"
_MEGABYTE = 1024 * 1024


def docx(text="Leave is 27 days."):
    return docx_file(lambda document: document.add_paragraph(text))


def xlsx(*rows, title="Sheet"):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pptx():
    from pptx import Presentation

    show = Presentation()
    show.slides.add_slide(show.slide_layouts[0]).shapes.title.text = "Plan"
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


def zipped(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()


def changed(body, part, change, more=()):
    """The same archive with one part changed by a function, and some added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info.filename, change(content) if info.filename == part else content)
        for name, content in more:
            new.writestr(name, content)
    return out.getvalue()


def with_entities(body, part):
    """Billion laughs, and a look at a file of the server, in a part of an archive."""
    evil = (
        b'<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd"><!ENTITY a "ha">'
        + b"".join(b'<!ENTITY a%d "%s">' % (n, (b"&a%d;" % (n - 1) if n else b"&a;") * 10) for n in range(12))
        + b"]>"
    )
    return changed(body, part, lambda xml: re.sub(rb"^(<\?xml.*?\?>)?", rb"\1" + evil, xml, count=1, flags=re.DOTALL))


def hidden_entities(body, part):
    """The same behind a comment that is longer than anybody looks."""
    evil = b"<!--" + b"x" * 9000 + b'--><!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]>'
    inside = lambda xml: re.sub(rb"(<a:t>)[^<]*", rb"\1&file;", xml)  # noqa: E731
    return changed(
        body, part, lambda xml: re.sub(rb"^(<\?xml.*?\?>\s*)?", rb"\1" + evil, inside(xml), count=1, flags=re.DOTALL)
    )


def padded(body, part, megabytes):
    """A part that unpacks to so much nothing."""
    return changed(body, part, lambda xml: xml + b" " * (megabytes * _MEGABYTE))


def many_entries():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(20_001):
            archive.writestr(f"{number}", b"")
    return out.getvalue()


def corrupt(body, part):
    """One byte of a stored part is another one now."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
    bad = bytearray(out.getvalue())
    at = bad.find(b"<", bad.find(part.encode()) + len(part) + 200)
    bad[at + 1] ^= 1
    return bytes(bad)


def claims_a_million_rows():
    claim = b'<dimension ref="A1:XFD1048576"/>'
    return changed(
        xlsx(["Year", "Days"], ["first", 27]), "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(rb"<dimension[^>]*/>", claim, xml),
    )  # fmt: skip


def far_cell():
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["Year", "Days"])
    book.active.append(["first", 27])
    book.active.cell(200_000, 16_384, "forgotten")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def endless_rows():
    """More than is read of one table, from a small file."""
    return xlsx(["name", "text"], *[["x" * 900, "y" * 900]] * 2400, title="Log")


def opendocument(kind, body, manifest=""):
    spaces = ["office", "table", "text", "draw:drawing", "presentation"]
    names = " ".join(
        f'xmlns:{one.split(":")[0]}="urn:oasis:names:tc:opendocument:xmlns:{one.split(":")[-1]}:1.0"' for one in spaces
    )
    main = f"<office:document-content {names}><office:body>{body}</office:body></office:document-content>"
    parts = {"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": main}
    return zipped(**parts, **({"META-INF/manifest.xml": manifest} if manifest else {}))


def endless_sheet():
    """“This row of these cells, a million times”, in a few hundred bytes."""
    cell = '<table:table-cell table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    return opendocument("spreadsheet", f'<table:table table:name="S">{row * 40}</table:table>')


def locked_odt():
    manifest = (
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry>'
        "<m:encryption-data/></m:file-entry></m:manifest>"
    )
    return opendocument("text", "", manifest)


def nested(depth=400):
    """A slide of groups in groups."""
    return changed(
        pptx(), "ppt/slides/slide1.xml",
        lambda xml: xml.replace(b"</p:spTree>", b"<p:grpSp>" * depth + b"</p:grpSp>" * depth + b"</p:spTree>"),
    )  # fmt: skip


def chain(depth=100_000):
    return "[" * depth + "]" * depth


def notebook(*cells):
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def mail(text, charset="utf-8", **attached):
    message = EmailMessage()
    message["From"], message["Subject"] = "wang@example.com", "Leave"
    message.set_content(text)
    for name, body in attached.items():
        message.add_attachment(body, maintype="application", subtype="zip", filename=name)
    return bytes(message).replace(b'charset="utf-8"', f'charset="{charset}"'.encode())


def matryoshka(depth=60):
    """Messages in messages."""
    inner = b"Subject: core\r\n\r\nThe core.\r\n"
    for number in range(depth):
        inner = (
            f"Subject: shell {number}\r\nContent-Type: multipart/mixed; boundary=b{number}\r\n\r\n--b{number}\r\n"
            "Content-Type: message/rfc822\r\n\r\n"
        ).encode() + inner + f"\r\n--b{number}--\r\n".encode()  # fmt: skip
    return inner


def huge_picture(side=60_000):
    """A PNG that says it is larger than any memory, in a hundred bytes."""

    def piece(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", head) + piece(b"IDAT", zlib.compress(b"")) + piece(b"IEND", b"")


def cut_picture():
    from PIL import Image

    out = io.BytesIO()
    Image.effect_noise((300, 300), 60).save(out, "PNG")
    return out.getvalue()[:5000]
