"""Which addresses in a question are meant, and how much of their pages is quoted."""

import pytest

from knowledge.web.linked import MOST_CHARACTERS, chosen
from knowledge.web.linking import links_in, without_links
from knowledge.web.ranking import Candidate


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("nothing here", []),
        ("#https://a.example/x what is this?", ["https://a.example/x"]),
        ("See https://a.example/x, please.", ["https://a.example/x"]),
        ("(https://en.wikipedia.example/wiki/Rail_(disambiguation))", ["https://en.wikipedia.example/wiki/Rail_(disambiguation)"]),
        ("请看https://a.example/fares的内容，谢谢。", ["https://a.example/fares"]),
        ("#https://铁路.中国/退票 说了什么？", ["https://铁路.中国/"]),
        ("HTTPS://A.example?q=1&b=%20 twice HTTPS://A.example?q=1&b=%20", ["HTTPS://A.example?q=1&b=%20"]),
        ("`https://a.example/` and ```\nhttps://b.example/\n```", []),
        ("ftp://a.example/ javascript:alert(1) file:///etc/passwd", []),
        (" ".join(f"https://{n}.example/" for n in range(4)), []),
        ("#https://a.example/ " + " ".join(f"https://{n}.example/" for n in range(9)), ["https://a.example/"]),
    ],
)  # fmt: skip
def test_links_are_those_that_are_meant(text, links):
    assert links_in(text) == links


def test_the_question_without_its_links_is_what_is_looked_for():
    assert without_links("What does #https://a.example/x say?") == "What does say?"


def piece(number, text):
    return Candidate(text=text, title="Page", url="https://a.example/", start=number, end=number + 1)


def test_a_short_page_is_quoted_whole_and_a_long_one_where_it_fits_the_question():
    short = [piece(n, f"Part {n}") for n in range(5)]
    assert chosen("part 3 #https://a.example/", short) == short
    long = [piece(n, f"Part {n}. " + "filler words go on. " * 40) for n in range(40)]
    long[30] = piece(30, "A returned ticket costs five per cent. " + "filler words go on. " * 40)
    quoted = chosen("What does a returned ticket cost? https://a.example/", long)
    assert sum(len(each.text) for each in quoted) <= MOST_CHARACTERS
    assert quoted[0] == long[0]
    assert long[30] in quoted
    assert quoted == sorted(quoted, key=lambda each: each.start)
