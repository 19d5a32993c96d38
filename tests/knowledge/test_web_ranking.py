"""Which pieces of fresh pages come first: by words, by vectors when they are there, else by the engine."""

import asyncio
import time

import pytest

from knowledge.embedding import EmbeddingUnavailable
from knowledge.web import ranking
from knowledge.web.ranking import Candidate


def candidate(text, url="https://a.example/", **fields):
    return Candidate(text=text, title="", url=url, end=len(text), **fields)


async def best(question, candidates, seconds=2.0):
    return await ranking.best(question, candidates, until=time.monotonic() + seconds, asked=ranking.vector_of(question))


def embedded(monkeypatch, similar, seconds=0.0):
    """An embedding model that knows what `similar` says about each text."""

    async def embed_query(_text):
        return [1.0, 0.0]

    async def aembed_passages(texts):
        await asyncio.sleep(seconds)
        return [[similar(text), (1 - similar(text) ** 2) ** 0.5] for text in texts]

    monkeypatch.setattr(ranking, "embed_query", embed_query)
    monkeypatch.setattr(ranking, "aembed_passages", aembed_passages)


THREE = [
    candidate("A dog runs.", "https://a.example/"),
    candidate("Die Katze schläft.", "https://b.example/"),
    candidate("Rain falls.", "https://c.example/"),
]


@pytest.fixture(autouse=True)
def no_model(monkeypatch):
    """Unless a test brings its own: the run's real embedder may be up or not."""

    async def none(_text):
        raise EmbeddingUnavailable("No embedding model is running.")

    monkeypatch.setattr(ranking, "embed_query", none)


async def test_vectors_find_what_no_word_finds(monkeypatch):
    embedded(monkeypatch, lambda text: 0.9 if "Katze" in text else 0.7)
    found = await best("Where is the cat?", THREE)
    assert found[0].text == "Die Katze schläft."


async def test_vectors_that_come_too_late_are_not_waited_for(monkeypatch):
    embedded(monkeypatch, lambda _text: 0.9, seconds=30)
    started = time.monotonic()
    found = await best("the dog", THREE, seconds=0.2)
    assert time.monotonic() - started < 1
    assert found[0].text == "A dog runs."


async def test_without_a_model_keywords_answer_alone():
    found = await best("the dog", THREE)
    assert [passage.text for passage in found] == ["A dog runs."]


async def test_without_one_word_in_common_the_engines_opinion_stands():
    two = [
        candidate("Hund läuft.", "https://a.example/", prior=0.2),
        candidate("Katze.", "https://b.example/", prior=0.9),
    ]
    found = await best("the dog", two)
    assert [passage.text for passage in found] == ["Katze.", "Hund läuft."]


async def test_one_page_does_not_take_all_the_room():
    many = [candidate(f"The dog number {number}.", start=number * 100) for number in range(9)]
    found = await best("the dog", [*many, candidate("Another dog.", "https://b.example/")])
    assert [passage.url for passage in found].count("https://a.example/") == ranking.MOST_PER_PAGE
    assert "https://b.example/" in {passage.url for passage in found}


async def test_neighbours_become_one_passage():
    one = Candidate(text="The dog runs to", title="", url="https://a.example/", start=0, end=15)
    two = Candidate(text="runs to the old dog.", title="", url="https://a.example/", start=8, end=28)
    assert [passage.text for passage in await best("The dog runs", [one, two])] == ["The dog runs to the old dog."]


async def test_a_page_without_a_word_of_the_question_is_left_out_beside_one_with_all_of_them():
    found = await best(
        "dog kennel price", [candidate("Of the sea."), candidate("Dog kennel price: 5.", "https://b.example/")]
    )
    assert [passage.url for passage in found] == ["https://b.example/"]


def test_the_likeliest_reach_down_all_pages_evenly():
    pages = [candidate(f"{name} {number}", f"https://{name}.example/") for name in "abc" for number in range(20)]
    likely = [pages[place].text for place in ranking.likeliest(pages, {25: 1.0})]
    assert likely[:6] == ["b 5", "a 0", "b 0", "c 0", "a 1", "b 1"]
    assert len(likely) == ranking.MOST_EMBEDDED


@pytest.mark.parametrize("text", ["words and more " * 40, "退票费是多少" * 50])
async def test_no_more_is_embedded_than_there_is_time_for(monkeypatch, text):
    given = []

    async def embedded(texts):
        given.extend(texts)
        return [[1.0, 0.0]] * len(texts)

    monkeypatch.setattr(ranking, "aembed_passages", embedded)
    pages = [candidate(text, f"https://{number}.example/") for number in range(20)]
    pages[7] = candidate(f"{text} The ticket costs five per cent 票价百分之五. {text}", "https://7.example/")
    asked = asyncio.get_running_loop().create_future()
    asked.set_result([1.0, 0.0])
    await ranking.best("What does the ticket cost? 票价是多少", pages, until=time.monotonic() + 9, asked=asked)
    assert len(given) == 6
    assert sum(map(ranking._tokens, given)) <= ranking.MOST_TOKENS + 20
    assert "five per cent 票价百分之五" in given[0]
