"""Questions are made whole from the conversation and put in the libraries' language, and nobody waits for that."""

import asyncio

import pytest

from chat import rewording
from chat.retrieving import PersonsRetriever
from chat.rewording import Rewriter, cleaned, leans_on_earlier
from knowledge import languages, retrieval
from knowledge.models import RetrievalSettings
from providers import counting
from providers.base import ChatMessage, ProviderError
from providers.models import Connection, Model
from providers.scripted import ScriptedProvider
from tests.knowledge.libraries import document_in, library_of

pytestmark = pytest.mark.django_db(transaction=True)
ENGLISH = "Employees receive 25 days of paid holiday a year. Unused days expire at the end of March."
CHINESE = "员工每年享有二十五天带薪年假。未使用的假期于三月底失效。"


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    monkeypatch.setattr(languages, "_known", {})
    monkeypatch.setattr(rewording, "_resting", {})
    RetrievalSettings.forget()
    yield
    RetrievalSettings.forget()


@pytest.fixture
def model(db):
    connection = Connection.objects.create(name="Lab", base_url="http://lab.example/v1")
    return Model.objects.create(connection=connection, name="qwen")


@pytest.fixture
def library(alice):
    library = library_of(alice)
    document_in(library, ENGLISH, vectors=False)
    return library


def said(*texts):
    roles = ("user", "assistant")
    return [ChatMessage(role=roles[place % 2], content=text) for place, text in enumerate(texts)]


async def queries(user, model, provider, libraries, *texts):
    rewriter = Rewriter(user=user, model=model, provider=provider)
    found = await rewriter.queries(texts[-1], [str(library.pk) for library in libraries], said(*texts))
    return [(query.text, query.worth) for query in found]


async def test_a_question_that_stands_alone_asks_no_model(alice, model, library):
    provider = ScriptedProvider("never asked")
    question = "How many days of paid holiday do employees receive?"
    assert await queries(alice, model, provider, [library], question) == [(question, 1.0)]
    again = await queries(alice, model, provider, [library], "hello", "Hello!", question)
    assert again == [(question, 1.0)]
    assert provider.requests == []


async def test_a_question_that_leans_on_the_conversation_is_made_whole(alice, model, library):
    provider = ScriptedProvider("“When do unused holidays of employees expire?”\n", usage=(80, 9))
    texts = ("How many days of holiday are there?", "25 days a year [1].", "And when do they expire?")
    assert await queries(alice, model, provider, [library], *texts) == [
        ("And when do they expire?", 0.7),
        ("When do unused holidays of employees expire?", 1.0),
    ]
    prompt = provider.requests[0].messages[0].content
    assert "user: How many days of holiday are there?" in prompt
    assert "assistant: 25 days a year [1]." in prompt
    assert counting.waiting(alice.pk, ["rewrite"]) == 89


async def test_a_chinese_question_to_an_english_library_is_put_in_english(alice, model, library):
    provider = ScriptedProvider("How many days of annual leave do employees have?")
    found = await queries(alice, model, provider, [library], "员工每年有多少天年假？")
    assert found == [("员工每年有多少天年假？", 1.0), ("How many days of annual leave do employees have?", 1.0)]
    assert "into English" in provider.requests[0].messages[0].content


async def test_an_english_question_to_a_chinese_library_is_put_in_chinese_and_to_both_it_stays(alice, model, library):
    zh = await asyncio.to_thread(library_of, alice, "手册")
    await asyncio.to_thread(document_in, zh, CHINESE, vectors=False)
    provider = ScriptedProvider("员工有多少天年假？")
    question = "How many days of paid holiday do employees receive?"
    assert [text for text, _worth in await queries(alice, model, provider, [zh], question)] == [
        question,
        "员工有多少天年假？",
    ]
    assert "into Chinese" in provider.requests[0].messages[0].content
    assert await queries(alice, model, provider, [zh, library], question) == [(question, 1.0)]


async def test_a_slow_model_is_not_waited_for_and_not_asked_again_for_a_while(alice, model, library, monkeypatch):
    monkeypatch.setattr(rewording, "SECONDS", 0.05)
    provider = ScriptedProvider(asyncio.Event())
    texts = ("How many days of holiday are there?", "25 days.", "And when do they expire?")
    joined = [(texts[2], 1.0), (f"{texts[0]} {texts[2]}", 0.9)]
    assert await queries(alice, model, provider, [library], *texts) == joined
    assert provider.closed_early == 1
    assert await queries(alice, model, provider, [library], *texts) == joined
    assert len(provider.requests) == 1


async def test_a_model_that_fails_costs_the_rewording_alone(alice, model, library):
    provider = ScriptedProvider(ProviderError("The server is away.", code="unreachable", retryable=True))
    question = "员工每年有多少天年假？"
    assert await queries(alice, model, provider, [library], question) == [(question, 1.0)]


async def test_a_busy_server_in_the_house_is_left_alone(alice, model, library, monkeypatch):
    monkeypatch.setattr(rewording, "is_busy_local", lambda model: True)
    provider = ScriptedProvider("never asked")
    assert len(await queries(alice, model, provider, [library], "员工每年有多少天年假？")) == 1
    assert provider.requests == []


async def test_where_it_is_switched_off_no_model_is_asked(alice, model, library):
    await RetrievalSettings(pk=1, rewriting=False).asave()
    provider = ScriptedProvider("never asked")
    assert len(await queries(alice, model, provider, [library], "员工每年有多少天年假？")) == 1
    assert provider.requests == []


async def test_what_is_searched_for_reaches_the_libraries(alice, model, library, monkeypatch):
    searched = []

    async def find(question, user, libraries, *, worth, also):
        searched.append((question, worth, [query.text for query in also]))
        return []

    monkeypatch.setattr(retrieval, "find_passages", find)
    provider = ScriptedProvider("How many days of annual leave?")
    retriever = PersonsRetriever(alice, model=model, provider=provider)
    await retriever.in_libraries("年假有多少天？", [str(library.pk)], said("年假有多少天？"))
    assert searched == [("年假有多少天？", 1.0, ["How many days of annual leave?"])]


@pytest.mark.parametrize(
    ("written", "question"),
    [
        ("How long is the leave?", "How long is the leave?"),
        ("\n**Question:** How long is the leave?\nIt is 25 days.", "How long is the leave?"),
        ("翻译：“年假有多长？”", "年假有多长？"),
        ("???", ""),
        ("x " * 300, ""),
        ("", ""),
    ],
)
def test_one_question_is_taken_out_of_what_a_model_wrote(written, question):
    assert cleaned(written) == question


@pytest.mark.parametrize(
    "question", ["And for part-timers?", "when do they expire?", "它什么时候失效？", "那实习生呢？"]
)
def test_these_lean_on_what_was_said(question):
    assert leans_on_earlier(question)


def test_this_does_not():
    assert not leans_on_earlier("How many days of paid holiday do employees receive?")
    assert not leans_on_earlier("员工每年享有多少天带薪年假？")
