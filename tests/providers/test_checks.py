"""The seven checks as functions over a provider: what passes, what fails, what is spared, and who goes first."""

import asyncio
import json

import pytest

from providers.base import FinishPiece, ProviderError, ReasoningPiece, TextPiece, UsagePiece
from providers.checks import asking, wording
from providers.checks.asking import Asker, Load
from providers.checks.at_once import at_once
from providers.checks.instruction import instruction, is_city_object, is_one_capital_word, is_three_dashes
from providers.checks.latency import latency
from providers.checks.long_run import _judged, long_run
from providers.checks.question import question
from providers.checks.recovery import recovery
from providers.checks.result import of_stored
from providers.checks.run import CHECKS, run
from providers.checks.turns import turns
from providers.openai_compatible import OpenAIProvider

SMALL = Load(questions=3, long_seconds=0, at_once=3)


class Pupil:
    """A provider that knows what the checks ask. `fails` are the numbers of the questions it cannot answer."""

    def __init__(self, fails=(), code="overloaded", wrong=False, thinks=False):
        self.fails, self.code, self.wrong, self.thinks = set(fails), code, wrong, thinks
        self.asked, self.open, self.most_open, self.left_early = 0, 0, 0, 0

    async def stream(self, request):
        self.asked += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        ended = False
        try:
            if self.asked in self.fails or not request.messages:
                ended = True
                code = self.code if request.messages else "bad_request"
                raise ProviderError("It does not want to.", code=code)
            await asyncio.sleep(0)
            if self.thinks:
                yield ReasoningPiece(text="Hm.")
            for word in self.answer(request).split(" "):
                yield TextPiece(text=f"{word} ")
                await asyncio.sleep(0)
            yield UsagePiece(prompt_tokens=10, completion_tokens=5)
            yield FinishPiece(reason="stop")
            ended = True
        finally:
            self.open -= 1
            self.left_early += not ended

    def answer(self, request):
        text = request.messages[-1].content
        right = {
            "Nightingale": "Nightingale",
            "夜莺厅": "夜莺厅",
            "called, and how many": "Harbour has 42 members.",
            "grass?": "GREEN",
            "three animals": "- cat\n- dog\n- owl",
            "Paris": '{"city": "Paris", "country": "France"}',
        }
        found = next((answer for mark, answer in right.items() if mark in text), "ok then")
        return "I would rather not." if self.wrong else found

    async def close(self):
        pass


def asker(provider, **options):
    return Asker(provider=provider, model="qwen", **options)


async def all_of(provider, load=SMALL, **options):
    one = asker(provider, **options)
    begun = []
    return {result.check: result async for result in run(one, load, begun.append)}, one, begun


async def test_a_good_model_passes_all_seven():
    results, one, begun = await all_of(Pupil())
    assert {name: result.outcome for name, result in results.items()} == dict.fromkeys(CHECKS, "passed")
    assert begun == list(CHECKS)
    assert one.prompt_tokens == 10 * (one.asked) > 0


async def test_a_model_that_answers_nonsense_fails_where_the_answer_counts():
    results, _one, _begun = await all_of(Pupil(wrong=True))
    failed = {name for name, result in results.items() if result.outcome == "failed"}
    assert failed == {"question", "turns", "instruction"}


async def test_every_result_can_be_stored_and_is_worded():
    away, breaks = Pupil(fails=range(1, 99), code="timeout"), Pupil(fails=range(9, 99))
    for provider in (Pupil(), Pupil(wrong=True), away, breaks):
        results, _one, _begun = await all_of(provider)
        for result in results.values():
            stored = json.loads(json.dumps(result.stored()))
            assert of_stored(stored).stored() == stored
            assert wording.sentence(result)
            assert set(result.figures) <= set(wording.FIGURES)


async def test_a_server_that_is_away_fails_once_and_is_spared_the_rest():
    provider = Pupil(fails=range(1, 99), code="unreachable")
    results, _one, begun = await all_of(provider)
    assert [result.outcome for result in results.values()] == ["failed", *["impossible"] * 6]
    assert provider.asked == 1
    assert begun == ["question"]
    assert "cannot be reached" in wording.sentence(results["question"])


async def test_the_long_run_tells_after_how_many_answers_it_broke():
    result = await long_run(asker(Pupil(fails=[3])), SMALL)
    assert (result.outcome, result.said, result.values["answers"]) == ("failed", "broke", 2)
    assert "After 2 answers" in wording.sentence(result)


def test_a_long_run_that_becomes_slow_is_tired():
    answers = [
        asking.Answer(text="", first=0.1, seconds=0.1 + 100 / speed, pause=0, tokens=100, finish="stop")
        for speed in (50, 50, 50, 40, 20, 20, 20)
    ]
    assert _judged(answers, [], 10, None).said == "tired"
    assert _judged(answers[:3], [], 10, None).said == "lasted"


async def test_several_at_once_are_really_asked_at_once_and_refusals_are_counted():
    provider = Pupil()
    result = await at_once(asker(provider), Load(at_once=50))
    assert provider.most_open == asking.MOST_AT_ONCE
    assert result.values["answered"] == asking.MOST_AT_ONCE
    refused = await at_once(asker(Pupil(fails=[3, 4])), Load(at_once=4))
    assert (refused.outcome, refused.values["answered"]) == ("failed", 2)


async def test_recovery_complains_hangs_up_and_asks_again():
    provider = Pupil()
    result = await recovery(asker(provider), SMALL)
    assert (result.outcome, result.said) == ("passed", "recovered")
    assert result.values["complaint"] == "bad_request"
    assert provider.left_early == 1
    stuck = await recovery(asker(Pupil(fails=[4])), SMALL)
    assert (stuck.outcome, stuck.said) == ("failed", "not_after_hanging_up")


async def test_thinking_is_a_sign_of_life_and_no_part_of_the_answer():
    result = await question(asker(Pupil(thinks=True)), SMALL)
    assert result.outcome == "passed"
    assert "Hm." not in result.values["english"]


async def test_people_go_first(monkeypatch):
    monkeypatch.setattr(asking, "LOOK", 0)
    provider, busy = Pupil(), [True, True, False]
    told = []

    async def is_busy():
        assert not provider.open
        return busy.pop(0) if busy else False

    await turns(asker(provider, is_busy=is_busy, waits=told.append), SMALL)
    assert told[:3] == [True, True, False]
    assert provider.asked == 4


async def test_a_server_that_people_keep_busy_is_not_tried(monkeypatch):
    monkeypatch.setattr(asking, "PATIENCE", -1)

    async def is_busy():
        return True

    results, one, _begun = await all_of(Pupil(), is_busy=is_busy)
    assert {result.said for result in results.values()} == {"crowded"}
    assert one.asked == 0


async def test_latency_has_a_bar_for_each_question():
    result = await latency(asker(Pupil()), SMALL)
    assert [x for x, _y in result.series] == [1, 2, 3]


@pytest.mark.parametrize(
    ("judge", "text", "is_right"),
    [
        (is_one_capital_word, "GREEN.", True),
        (is_one_capital_word, "**GREEN**", True),
        (is_one_capital_word, "Green", False),
        (is_one_capital_word, "IT IS GREEN", False),
        (is_three_dashes, "- cat\n- dog\n\n- owl", True),
        (is_three_dashes, "Here:\n- cat\n- dog\n- owl", False),
        (is_city_object, '```json\n{"city": "Paris", "country": "France"}\n```', True),
        (is_city_object, '{"city": "Paris"}', False),
        (is_city_object, "{city: Paris}", False),
    ],
)
def test_forms_are_judged_as_a_person_would(judge, text, is_right):
    assert judge(text) is is_right


async def test_two_of_three_forms_are_enough():
    provider = Pupil()
    provider.answer = lambda request: "GREEN" if "grass" in request.messages[-1].content else "- a\n- b\n- c"
    result = await instruction(asker(provider), SMALL)
    assert (result.outcome, result.values["missed"]) == ("passed", ["json"])


@pytest.mark.real_model
async def test_a_real_small_model_answers_and_recovers(llama_server):
    """llama.cpp itself: it refuses a chat without a message, and lets go of an answer that nobody reads."""
    provider = OpenAIProvider(llama_server.url)
    one = asker(provider)
    one.model = llama_server.model
    try:
        assert (await question(one, SMALL)).outcome == "passed"
        assert (await recovery(one, SMALL)).said == "recovered"
    finally:
        await provider.close()
    assert one.completion_tokens > 0
