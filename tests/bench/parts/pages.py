"""Pages of 50 KB to be searched: an article with menus around it, and what is asked of one of five."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from tests.bench.parts.questions import DEFAULT, are_there, rows
from tests.bench.parts.texts import paragraph

SIZE = 50_000
MENU = "<nav><ul>" + "".join(f"<li><a href='/m/{n}'>Menu entry {n}</a></li>" for n in range(40)) + "</ul></nav>"


@dataclass(frozen=True)
class Search:
    """`pages` are five HTML documents; the `answer` stands in the first of them."""

    question: str
    answer: str
    pages: tuple[bytes, ...]


def searches(language: str, count: int) -> Iterator[Search]:
    """Of the question sets where they are there (questions.py), else of made sentences."""
    chance = random.Random(language)
    if not are_there():
        for number in range(count):
            made = [
                [paragraph(language, 1000 * number + 100 * page + part) for part in range(120)] for page in range(5)
            ]
            asked = made[0][7]
            yield Search(asked[:80], asked[:80], tuple(_page(f"{language} {n}", texts) for n, texts in enumerate(made)))
        return
    documents = rows(DEFAULT / language / "docs.jsonl")
    by_id = {each["id"]: each for each in documents}
    near = [
        each
        for each in rows(DEFAULT / language / "questions.jsonl")
        if len(by_id[each["doc"]]["text"][: each["end"]].encode()) < 0.8 * SIZE
    ]
    for asked in chance.sample(near, min(count, len(near))):
        first = by_id[asked["doc"]]
        five = [first, *chance.sample([each for each in documents if each is not first], 4)]
        pages = tuple(_page(each["title"] or each["id"], _filled(each, documents, chance)) for each in five)
        yield Search(asked["q"], asked["answer"], pages)


def _filled(first: dict, documents: list[dict], chance: random.Random) -> list[str]:
    """Its paragraphs, and those of others until a page is full."""
    rest = chance.sample(documents, min(60, len(documents)))
    return [part for each in (first, *rest) for part in each["text"].split("\n\n") if part.strip()]


def _page(title: str, parts: list[str]) -> bytes:
    head = f"<!doctype html><html><head><meta charset=utf-8><title>{escape(title)}</title></head><body>{MENU}<article>"
    body = [f"<h1>{escape(title)}</h1>"]
    left = SIZE - len((head + MENU).encode())
    for part in parts:
        marked = f"<h2>{escape(part.lstrip('# '))}</h2>" if part.startswith("#") else f"<p>{escape(part)}</p>"
        left -= len(marked.encode())
        if left < 0:
            break
        body.append(marked)
    return f"{head}{''.join(body)}</article>{MENU}</body></html>".encode()
