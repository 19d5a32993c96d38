"""Limits in a chat: what is refused, what is counted, and that it costs nothing where nobody has one."""

import asyncio
import uuid
from contextlib import asynccontextmanager

import httpx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.database import in_database
from chat.models import Message
from providers import budgets, counting
from providers.models import Limit, Meter, Reservation, Usage

pytestmark = pytest.mark.django_db(transaction=True)


def question(text="hi", **more):
    return {"type": "send", "id": 1, "client_id": str(uuid.uuid4()), "text": text, "models": ["qwen"], **more}


async def everyone(**values):
    return await Limit.objects.acreate(for_everyone=True, **values)


@asynccontextmanager
async def program_of(person):
    """A client of /v1 with a key of this person's."""
    from webui.accounts.models import ApiKey
    from webui.asgi import django_application

    _key, text = await in_database(ApiKey.issue, person)
    transport, headers = httpx.ASGITransport(django_application), {"Authorization": f"Bearer {text}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost/v1", headers=headers) as client:
        yield client


async def test_an_answer_is_counted_in_memory_and_stored_later(tab, alice, model, says):
    says("Hello", usage=(7, 3))
    page = await tab(alice)
    await page.say(**question())
    await page.hear_until("done")
    assert not await Usage.objects.aexists()
    await in_database(counting.store)
    row = await Usage.objects.aget()
    assert (row.user_id, row.model_name, row.purpose) == (alice.pk, "qwen", "answer")
    assert (row.prompt_tokens, row.completion_tokens, row.answers) == (7, 3, 1)


async def test_without_limits_a_turn_asks_and_writes_nothing_for_them(tab, alice, model, says):
    says("Hello", usage=(7, 3))
    page = await tab(alice)
    await in_database(budgets.tend)  # as the keeper does in the background
    queries = CaptureQueriesContext(connection)
    await in_database(queries.__enter__)
    await page.say(**question())
    await page.hear_until("done")
    asked = [query["sql"] for query in await in_database(lambda: queries.captured_queries)]
    await in_database(queries.__exit__, None, None, None)
    tables = ("providers_limit", "providers_usage", "providers_meter", "providers_reservation", "auth_group")
    assert any("chat_message" in sql for sql in asked)
    assert [sql for sql in asked if any(table in sql for table in tables)] == []


async def test_a_refusal_says_when_it_renews_and_stores_nothing(tab, alice, model, says):
    await everyone(tokens_day=0)
    alice.language = "zh-hans"
    await alice.asave()
    page = await tab(alice)
    await page.say(**question())
    refusal = (await page.hear_until("error"))[-1]
    assert (refusal["code"], refusal["retryable"]) == ("over_budget", True)
    assert "更新" in refusal["detail"] or "恢复" in refusal["detail"]
    assert not await Message.objects.aexists()


async def test_an_answer_is_settled_with_its_end(tab, alice, model, says):
    await everyone(tokens_day=100)
    says("Hello", usage=(70, 40))
    page = await tab(alice)
    await page.say(**question())
    await page.hear_until("done")
    meter = await Meter.objects.aget()
    assert meter.day_tokens == 110
    assert not await Reservation.objects.aexists()
    await page.say(**question())
    assert (await page.hear_until("error"))[-1]["code"] == "over_budget"


async def test_an_answer_that_fails_frees_what_it_held(tab, alice, model, says):
    from providers.base import ProviderError

    await everyone(tokens_day=100, answers_at_once=1)
    says(ProviderError("The model server is busy.", code="overloaded"))
    page = await tab(alice)
    await page.say(**question())
    await page.hear_until("error")
    assert not await Reservation.objects.aexists()
    assert (await Meter.objects.aget()).day_tokens == 0


async def test_one_answer_at_once_for_two_models_is_refused_whole(tab, alice, model, says):
    from providers.models import Model

    await Model.objects.acreate(connection=model.connection, name="llama", public_id="llama", for_everyone=True)
    await everyone(answers_at_once=1)
    page = await tab(alice)
    await page.say(**question(models=["qwen", "llama"]))
    refusal = (await page.hear_until("error"))[-1]
    assert refusal["code"] == "over_budget"
    assert not await Message.objects.aexists()
    assert not await Reservation.objects.aexists()


async def test_asking_again_and_going_on_are_claimed_too(tab, alice, model, says):
    says("Hello", usage=(5, 5))
    page = await tab(alice)
    await page.say(**question())
    done = (await page.hear_until("done"))[-1]
    await everyone(tokens_day=5)
    for kind in ("regenerate", "continue"):
        await page.say(type=kind, id=2, message=done["message"])
        assert (await page.hear_until("error"))[-1]["code"] == "over_budget"


async def test_fifty_sends_at_once_exceed_a_limit_by_one_answer_at_most(tab, alice, model, says):
    await everyone(tokens_day=3000)
    says("word " * 1000, usage=(10, 900))
    page = await tab(alice)
    frames = [question() for _ in range(50)]
    await asyncio.gather(*(page.say(**frame) for frame in frames))
    over = 0
    while over + await Message.objects.filter(role="assistant").exclude(state="running").acount() < 50:
        frame = await page.hear()
        over += frame["type"] == "error" and frame["code"] == "over_budget" and not frame.get("message")
    used = (await Meter.objects.aget()).day_tokens
    assert over > 40
    assert 910 <= used <= 3000 + 910
    assert not await Reservation.objects.aexists()


async def test_tabs_and_programs_that_ask_at_once_exceed_it_together_by_one_answer_at_most(tab, alice, model, says):
    await everyone(tokens_day=3000)
    says("word " * 1000, usage=(10, 900))
    page = await tab(alice)
    async with program_of(alice) as v1:
        body = {"model": "qwen", "messages": [{"role": "user", "content": "hi"}]}
        answers = await asyncio.gather(
            *(v1.post("/chat/completions", json=body) for _ in range(25)), *(page.say(**question()) for _ in range(25))
        )
    statuses = [answer.status_code for answer in answers if answer is not None]
    over = 0
    while over + await Message.objects.filter(role="assistant").exclude(state="running").acount() < 25:
        frame = await page.hear()
        over += frame["type"] == "error" and frame["code"] == "over_budget" and not frame.get("message")
    assert set(statuses) <= {200, 429}
    assert statuses.count(429) + over > 40
    used = (await Meter.objects.aget()).day_tokens
    assert 910 <= used <= 3000 + 910
    assert not await Reservation.objects.aexists()
