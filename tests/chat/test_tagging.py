"""Tags by the model: plain words and few of them, only where they are wanted, and never over a person's own."""

from types import SimpleNamespace

import pytest

from chat import tagging
from chat.models import Conversation, Tag
from chat.runner import runner
from tests.chat.test_api import conversation_of
from tests.waiting import eventually_async

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.titles]


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("Travel, Expenses", ["travel", "expenses"]),
        ("Tags: **hotels**; #budget", ["hotels", "budget"]),
        ("标签：旅行、预算", ["旅行", "预算"]),
        ("one\ntwo\nthree", ["one", "two", "three"]),
        ("one, one", ["one"]),
        ("one, two, three, four", []),
        ("The tags for this conversation would be travel", []),
        ("<script>alert(1)</script>", []),
        ("", []),
        (" , ,", []),
        ("x" * 25, []),
    ],
)
def test_only_few_plain_words_are_tags(written, tags):
    assert tagging.tags_in(written) == tags


def test_a_persons_own_tags_stay_alone(alice):
    chat = conversation_of(alice, "hi")
    Tag.objects.create(conversation=chat, name="mine")
    tagging.put(chat.pk, ["travel"])
    assert [tag.name for tag in chat.tags.all()] == ["mine"]
    other = conversation_of(alice, "ho")
    tagging.put(other.pk, ["travel"])
    assert [tag.name for tag in other.tags.all()] == ["travel"]
    assert tagging.known_to(alice.pk) == ["mine", "travel"]
    assert "mine, travel" in tagging.prompt("q", "a", ["mine", "travel"])


@pytest.mark.parametrize("wanted", [True, False])
async def test_the_first_answer_brings_tags_where_they_are_wanted(alice, model, says, tab, monkeypatch, wanted):
    monkeypatch.setattr("chat.titles.conf", SimpleNamespace(auto_tags=wanted))
    provider = says("Travel, Paris")
    page = await tab(alice)
    await page.say(type="send", id=1, text="Where to in spring?", models=["qwen"])
    await page.hear_until("done")
    await eventually_async(lambda: len(provider.requests) > 1 and not runner._titles)
    chat = await Conversation.objects.aget()
    assert [tag.name async for tag in chat.tags.all()] == (["paris", "travel"] if wanted else [])
    assert len(provider.requests) == (3 if wanted else 2)
