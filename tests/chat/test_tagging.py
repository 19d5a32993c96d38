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


@pytest.mark.parametrize(("allowed", "chosen"), [(True, True), (True, False), (False, True)])
async def test_the_first_answer_brings_tags_where_they_are_wanted(
    alice, model, says, tab, monkeypatch, allowed, chosen
):
    wanted = allowed and chosen
    monkeypatch.setattr("chat.titles.conf", SimpleNamespace(auto_tags=allowed))
    await type(alice).objects.filter(pk=alice.pk).aupdate(auto_tags=chosen)
    provider = says("Travel, Paris")
    page = await tab(alice)
    await page.say(type="send", id=1, text="Where to in spring?", models=["qwen"])
    await page.hear_until("done")
    await eventually_async(lambda: len(provider.requests) > 1 and not runner._titles)
    chat = await Conversation.objects.aget()
    assert [tag.name async for tag in chat.tags.all()] == (["paris", "travel"] if wanted else [])
    assert len(provider.requests) == (3 if wanted else 2)


@pytest.mark.parametrize("allowed", [True, False])
def test_each_person_says_no_to_tags_where_the_administrator_leaves_the_choice(client, alice, monkeypatch, allowed):
    monkeypatch.setattr("webui.accounts.forms.conf", SimpleNamespace(auto_tags=allowed))
    client.force_login(alice)
    assert (b'name="auto_tags"' in client.get("/account/").content) is allowed
    assert client.post("/account/", {"name": "Alice", "language": ""}).status_code == 302
    alice.refresh_from_db()
    assert alice.auto_tags is not allowed, "what is not asked for is not changed"
