"""Text to be read: of the question sets where they are there (questions.py), else made of plain sentences.

Files are of the kinds that people have most: Markdown, plain text, HTML and DOCX, in turn.
"""

import io
import random
from collections.abc import Iterator

from tests.bench.parts.questions import DEFAULT, are_there, rows

WHO = ("The harbour office", "Our laboratory", "The night train", "A small museum", "The city council", "Her workshop")
DOES = ("repaired", "measured", "replaced", "recorded", "moved", "explained", "lent out", "tested")
WHAT = ("the northern bridge", "eleven old clocks", "a map of the valley", "the water gauges", "two copper engines")
WHEN = ("before the frost", "in the third week of May", "after a long debate", "without notice", "for the second time")
WHO_ZH = ("港务局", "我们的实验室", "夜班列车", "一座小博物馆", "市议会", "她的作坊")
DOES_ZH = ("修理了", "测量了", "更换了", "记录了", "搬走了", "解释了", "借出了", "检验了")
WHAT_ZH = ("北面的桥梁", "十一座旧钟", "一张山谷地图", "水位计", "两台铜制发动机")
WHEN_ZH = ("在霜冻之前", "在五月的第三周", "经过长时间的讨论之后", "没有事先通知", "第二次")


def documents(language: str) -> Iterator[tuple[str, list[str]]]:
    """(title, paragraphs) of documents, without an end where they are made."""
    if are_there():
        for document in rows(DEFAULT / language / "docs.jsonl"):
            yield document["title"] or document["id"], [part for part in document["text"].split("\n\n") if part.strip()]
        return
    for number in range(10**6):
        yield f"{language} {number}", [paragraph(language, number * 100 + part) for part in range(30)]


def paragraph(language: str, number: int) -> str:
    chance = random.Random(f"{language} {number}")
    count = chance.randint(5, 9)
    if language == "zh":
        parts = ((WHEN_ZH, WHO_ZH, DOES_ZH, WHAT_ZH),) * count
        return "".join(f"{_one(chance, part)}，编号{chance.randint(100, 9999)}。" for part in parts)
    parts = ((WHO, DOES, WHAT, WHEN),) * count
    return " ".join(f"{_one(chance, part, ' ')}, as number {chance.randint(100, 9999)}." for part in parts)


def files(size: int, skip: int = 0) -> list[tuple[str, bytes]]:
    """(name, content) of some `size` bytes of text in all, half of it English and half Chinese, behind the first
    `skip` bytes of each."""
    found: list[tuple[str, bytes]] = []
    for language in ("en", "zh"):
        passed = taken = 0
        for title, paragraphs in documents(language):
            kept: list[str] = []
            for part in paragraphs:
                length = len(part.encode())
                if passed < skip:
                    passed += length
                elif taken < size / 2:
                    taken += length
                    kept.append(part)
            if kept:
                found.append(as_file(len(found), title, kept))
            if taken >= size / 2:
                break
    return found


def small_files(count: int) -> list[tuple[str, bytes]]:
    """Of one paragraph each, every second one Chinese."""
    pools = [(text for _title, parts in documents(language) for text in parts) for language in ("en", "zh")]
    wanted = (next(text for text in pools[number % 2] if len(text) > 100) for number in range(count))
    return [as_file(number, f"Note {number}", [text]) for number, text in enumerate(wanted)]


def as_file(number: int, title: str, paragraphs: list[str]) -> tuple[str, bytes]:
    stem = f"{number:03d} " + "".join(letter if letter.isalnum() else " " for letter in title).strip()[:60]
    headings = [part.lstrip("# ") if part.startswith("#") else "" for part in paragraphs]
    match number % 4:
        case 0:
            return f"{stem}.md", "\n\n".join([f"# {title}", *paragraphs]).encode()
        case 1:
            return f"{stem}.txt", "\n\n".join([title, *paragraphs]).encode()
        case 2:
            marked = [f"<h2>{h}</h2>" if h else f"<p>{part}</p>" for h, part in zip(headings, paragraphs, strict=True)]
            page = f"<!doctype html><meta charset=utf-8><title>{title}</title><h1>{title}</h1>{''.join(marked)}"
            return f"{stem}.html", page.encode()
    return f"{stem}.docx", _docx(title, list(zip(headings, paragraphs, strict=True)))


def _docx(title: str, parts: list[tuple[str, str]]) -> bytes:
    import docx

    written = docx.Document()
    written.add_heading(title, 1)
    for heading, text in parts:
        if heading:
            written.add_heading(heading, 2)
        else:
            written.add_paragraph(text)
    content = io.BytesIO()
    written.save(content)
    return content.getvalue()


def _one(chance: random.Random, parts: tuple[tuple[str, ...], ...], between: str = "") -> str:
    return between.join(chance.choice(part) for part in parts)
