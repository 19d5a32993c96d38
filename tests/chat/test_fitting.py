"""Five hundred chats in Chinese and English, four windows, seven ways of saying no: nobody ever sees an overflow."""

import hashlib
import itertools
import json
import random

import pytest

from chat.events import AnswerFinished, TextAdded
from chat.ledger import LARGEST_ROW, Ledger, Place
from chat.measured import Measured
from chat.prompt import text_of
from chat.turn import Question, answer
from knowledge.passages import Passage
from providers.base import ChatMessage, FinishPiece, TextPiece, UsagePiece
from providers.bodies import encoded
from providers.failures import failure_from
from providers.openai_compatible import OpenAIProvider
from providers.sentences import error_for
from tests.servers.strict_server import REFUSALS, StrictServer, pessimistic, prompt_tokens, refusal

WINDOWS = (2048, 4096, 5108, 32768)
CHATS = 500
NUMBERED = set(REFUSALS) - {"ollama", "wordless", "vllm_32"}
ENGLISH = "the committee meets in the second week of every month and decides about travel beyond five hundred euros. "
CHINESE = "委员会每月第二周开会，审议超过五百欧元的差旅申请；紧急情况由主任先行批准，并在三日内补交材料。"
_ID = itertools.count(1)


class CountingProvider(OpenAIProvider):
    """Builds real bodies and takes its own corrections, but the server that judges them is a function."""

    def __init__(self, product, window, counter):
        super().__init__("http://127.0.0.1:1/v1")
        self.product, self.window, self.counter = product, window, counter
        self.received = []
        self.refused = 0

    async def stream(self, request):
        while True:
            content = self.content_for(request)
            request.on_sent(content)
            self.received.append(encoded(content))
            problem = refusal(self.product, content, self.window, self.counter)
            if problem is None:
                break
            self.refused += 1
            failure = failure_from(*problem)
            request = self.corrected(failure, request, content)
            if request is None:
                raise error_for(failure)
        yield TextPiece(text="Understood.")
        yield UsagePiece(prompt_tokens=prompt_tokens(content, self.counter), completion_tokens=2)
        yield FinishPiece(reason="stop")


class Found:
    def __init__(self, passages):
        self.passages = passages

    async def in_libraries(self, question, libraries, said):
        return list(self.passages)


def words(dice, tokens):
    """About so many tokens in one language or both."""
    language = dice.choice(("en", "zh", "both"))
    english = ENGLISH * (tokens // 20 + 1)
    chinese = CHINESE * (tokens // 45 + 1)
    if language == "en":
        return english[: tokens * 4].capitalize()
    return chinese[:tokens] if language == "zh" else english[: tokens * 2] + chinese[: tokens // 2]


def chat(dice, window):
    """The messages, passages and parameters of one question in the midst of a chat."""
    size = max(20, window // dice.choice((12, 30, 80)))
    turns = dice.choice((0, 1, 3, 10, 25))
    messages = [ChatMessage(role="system", content=words(dice, window // 20))] if dice.random() < 0.3 else []
    for _turn in range(turns):
        messages += [ChatMessage(role="user", content=words(dice, dice.randint(5, size)))]
        messages += [ChatMessage(role="assistant", content=words(dice, dice.randint(5, 3 * size)))]
    messages += [ChatMessage(role="user", content=words(dice, dice.randint(5, window // 6)))]
    passages = [
        Passage(
            text=words(dice, dice.randint(40, 700)),
            title="Handbook",
            document_name="手册.pdf",
            document_id=str(number),
            score=dice.random(),
            page=number,
        )
        for number in range(dice.choice((0, 0, 3, 8)))
    ]
    params = {"max_tokens": dice.choice((100, 1000, 4000, 50_000))} if dice.random() < 0.3 else {}
    return messages, passages, params


async def asked(provider, ledger, told, messages, passages, params):
    ledger.ids = list(itertools.islice(_ID, len(messages)))
    libraries = ["1"] if passages else []
    question = Question(
        messages=messages, model="m", window=told, fit=told or 32_768, libraries=libraries, params=params
    )
    return [event async for event in answer(question, retriever=Found(passages), provider=provider, ledger=ledger)]


def check(ledger, body):
    """The ledger is what the server received, to the byte."""
    received = json.loads(body)
    row = ledger.row()
    assert row["sha256"] == hashlib.sha256(body).hexdigest()
    assert "".join(piece.text for piece in ledger.prompt.slices) == "".join(
        message["content"] for message in received["messages"]
    )
    assert sum(row["parts"].values()) == row["estimate"]
    assert len(encoded(row)) <= LARGEST_ROW
    assert received["messages"][-1]["content"].endswith(text_of(ledger.prompt.messages[-1])[-20:])


async def test_five_hundred_chats_meet_no_overflow():
    dice = random.Random(20_26)
    asked_before = itertools.cycle(REFUSALS)
    for number in range(CHATS):
        window, product = WINDOWS[number % 4], next(asked_before)
        # What is known of the window: the truth, nothing, or too much, as of a model that was loaded with less.
        told = dice.choice((window, window, None, window * 4))
        provider = CountingProvider(product, window, pessimistic)
        known = Measured()
        for _question in range(2):
            ledger = Ledger(Place(told=told), known)
            before = len(provider.received)
            events = await asked(provider, ledger, told, *chat(dice, window))
            assert isinstance(events[-1], AnswerFinished), (number, product, told)
            check(ledger, provider.received[-1])
            tries = 2 if product in NUMBERED else 4
            assert len(provider.received) - before <= tries + bool("max_tokens" in json.loads(provider.received[-1]))


async def test_what_a_real_tokenizer_counts_fits_at_the_first_try():
    from knowledge.embedder.packaged import _tokenizer
    from knowledge.embedder.weights import Weights, data_file

    tokenizer = _tokenizer(Weights(data_file()).pieces)
    dice = random.Random(7)
    for number in range(30):
        window = WINDOWS[number % 3]
        provider = CountingProvider("vllm", window, lambda text: len(tokenizer.encode(text).ids))
        messages, passages, _params = chat(dice, window)
        ledger = Ledger(Place(told=window))
        await asked(provider, ledger, window, messages, passages, {})
        check(ledger, provider.received[-1])
        assert provider.refused == 0
        assert prompt_tokens(json.loads(provider.received[-1])) > 0


@pytest.mark.parametrize("product", REFUSALS)
async def test_over_http_the_person_sees_an_answer_and_the_next_question_is_not_refused(product):
    dice = random.Random(product)
    with StrictServer(product, window=2048) as server:
        provider, known = OpenAIProvider(server.base_url), Measured()
        long = [ChatMessage(role="user", content=CHINESE * 12), ChatMessage(role="assistant", content=CHINESE * 30)]
        for turn in range(3):
            ledger = Ledger(Place(told=None), known)
            question = ChatMessage(role="user", content=words(dice, 200))
            events = await asked(provider, ledger, None, [*long, *long, question], [], {})
            assert "".join(event.text for event in events if isinstance(event, TextAdded)) == "Understood."
            check(ledger, server.bodies[-1])
            if turn == 0:
                refused = server.refused
                assert refused == 1
                assert ledger.prompt.left_out
        assert server.refused == refused
        await provider.close()


async def test_what_cannot_be_shortened_is_refused_as_before():
    provider = CountingProvider("llama", 2048, pessimistic)
    ledger = Ledger(Place(told=2048))
    with pytest.raises(Exception, match="too long for the model"):
        await asked(provider, ledger, 2048, [ChatMessage(role="user", content=CHINESE * 100)], [], {})
    assert len(provider.received) == 1


async def test_a_server_that_stops_counting_is_asked_with_less_and_less():
    """vLLM says "at least 2,049 tokens" of whatever is longer than its window."""
    provider = CountingProvider("vllm_32", 2048, lambda text: 2 * pessimistic(text))
    known = Measured()
    passages = [
        Passage(text=CHINESE * 4, title="手册", document_name="手册.pdf", document_id=str(n), score=1 / (n + 1))
        for n in range(8)
    ]
    for told in (2048, None):
        ledger = Ledger(Place(told=told), known)
        events = await asked(provider, ledger, told, [ChatMessage(role="user", content="多少欧元？")], passages, {})
        assert isinstance(events[-1], AnswerFinished)
        check(ledger, provider.received[-1])
    assert 1 <= provider.refused <= 4


async def test_a_wish_for_a_longer_answer_than_the_window_says_nothing_of_the_prompt():
    provider, known = CountingProvider("vllm_32", 2048, pessimistic), Measured()
    ledger = Ledger(Place(told=None), known)
    question = [ChatMessage(role="user", content="How much is it?")]
    events = await asked(provider, ledger, None, question, [], {"max_tokens": 50_000})
    assert isinstance(events[-1], AnswerFinished)
    assert (known.known, json.loads(provider.received[-1])["max_tokens"]) == (False, 2048 - 8)
