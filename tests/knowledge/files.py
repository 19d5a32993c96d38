"""Files that tests upload, made here so that each one's content is known."""

import gzip
import io
import zipfile
import zlib
from pathlib import Path

import pytest

POLICY = Path("/usr/share/doc/debian-policy/policy.pdf.gz")


def policy_pdf():
    """Debian's policy manual: 193 pages with bookmarks."""
    if not POLICY.exists():
        pytest.skip(f"{POLICY} is not installed (package debian-policy)")
    return gzip.decompress(POLICY.read_bytes())


def pdf(*pages, outline=(), images=False, catalog="", on_page="", font=""):
    """A PDF with these texts, one a page; `outline`: (title, page index). With `images` only pictures of nothing.

    `catalog`, `on_page` and `font` are further entries of these objects.
    """
    objects = {}
    kids = []
    for number, text in enumerate(pages):
        page, content = 10 + number * 2, 11 + number * 2
        kids.append(f"{page} 0 R")
        lines = "".join(f"({_escaped(line)}) Tj T* " for line in text.split("\n"))
        stream = (
            b"q 200 0 0 200 50 500 cm /I Do Q" if images else f"BT /F 12 Tf 14 TL 72 720 Td {lines}ET".encode("latin-1")
        )
        resources = "/XObject << /I 5 0 R >>" if images else "/Font << /F 3 0 R >>"
        objects[page] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {content} 0 R"
            f" /Resources << {resources} >>{on_page} >>"
        ).encode()
        objects[content] = _stream(stream)
    outlines = " /Outlines 4 0 R" if outline else ""
    objects[1] = f"<< /Type /Catalog /Pages 2 0 R{outlines}{catalog} >>".encode()
    objects[2] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(pages)} >>".encode()
    objects[3] = f"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica{font} >>".encode()
    objects[5] = _stream(zlib.compress(bytes(64)), "/Type /XObject /Subtype /Image /Width 8 /Height 8"
                         " /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode")  # fmt: skip
    first = 1000
    for number, (title, page) in enumerate(outline):
        follow = f" /Next {first + number + 1} 0 R" if number + 1 < len(outline) else ""
        objects[first + number] = (
            f"<< /Title ({_escaped(title)}) /Parent 4 0 R /Dest [{10 + page * 2} 0 R /Fit]{follow} >>".encode()
        )
    if outline:
        objects[4] = f"<< /Type /Outlines /First {first} 0 R /Last {first + len(outline) - 1} 0 R >>".encode()
    return _assembled(objects)


def scripted_pdf(text):
    """Wants to run a script when it is opened, printed, closed, clicked on, and when its font is drawn."""
    script = "app.alert(1); top.document.title = 'taken'; fetch('https://example.org/taken')"
    action = f"<< /S /JavaScript /JS ({_escaped(script)}) >>"
    place = "/Rect [0 0 600 780]"
    return pdf(
        text,
        catalog=f" /OpenAction {action} /AA << /WC {action} /WP {action} >> /Names << /JavaScript << /Names"
        f" [(a) {action}] >> >>",
        on_page=f" /AA << /O {action} /C {action} >> /Annots ["
        f" << /Type /Annot /Subtype /Link {place} /A << /S /URI /URI (javascript:{_escaped(script)}) >> >>"
        f" << /Type /Annot /Subtype /Link {place} /A << /S /Launch /F (/bin/sh) >> >>"
        f" << /Type /Annot /Subtype /Widget /FT /Btn /T (go) {place} /A {action} /AA << /E {action} >> >> ]",
        font=f" /FontMatrix [0.001 0 0 0.001 0 (0\\); {_escaped(script)} //)]",
    )


def encrypted_pdf():
    """Says that it is encrypted with a password nobody has."""
    plain = pdf("secret")
    lock = (
        b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O <" + b"ab" * 32 + b"> /U <" + b"cd" * 32 + b"> >>"
        b" /ID [<" + b"01" * 16 + b"> <" + b"01" * 16 + b">]"
    )
    return plain.replace(b"trailer\n<< ", b"trailer\n<< " + lock + b" ")


def docx_file(build):
    """What python-docx saves after `build(document)`."""
    import docx

    document = docx.Document()
    build(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def docx_bomb(megabytes=600):
    """A small .docx whose text unpacks to more than is allowed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w") as entry:
            for _ in range(megabytes):
                entry.write(bytes(1024 * 1024))
    return out.getvalue()


def _escaped(text):
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _stream(body, entries=""):
    return f"<< /Length {len(body)} {entries} >>\nstream\n".encode() + body + b"\nendstream"


def _assembled(objects):
    out, places = bytearray(b"%PDF-1.4\n"), {}
    for number, body in sorted(objects.items()):
        places[number] = len(out)
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start, size = len(out), max(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n".encode()
    for number in range(1, size):
        out += f"{places[number]:010d} 00000 n \n".encode() if number in places else b"0000000000 00000 f \n"
    out += f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)
