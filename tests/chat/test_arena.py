"""Two models without names: nothing says who they are before the vote, and the votes say how they stand."""

import json
import math
import random

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.test import AsyncClient, Client

from chat.arena import duels, masking, rights
from chat.arena.board import LEAST, Vote, standings
from chat.arena.topics import topic_of
from chat.models import ArenaRule, Conversation, Duel, Message, Source
from knowledge import keywords
from knowledge.models import Chunk, Document, Library
from providers.base import ProviderError
from providers.models import Model
from providers.scripted import ScriptedProvider

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ("qwen", "gemma", "Lab")


@pytest.fixture
def pair(model):
    """Two that everybody may use, and a rule that lets everybody play."""
    Model.objects.create(connection=model.connection, name="gemma", public_id="gemma", for_everyone=True)
    ArenaRule.objects.create(players="everyone", viewers="nobody")


@pytest.fixture
def each_says(monkeypatch):
    def install(**scripts):
        providers = {name: ScriptedProvider(*script) for name, script in scripts.items()}
        monkeypatch.setattr("chat.temporary.provider_for", lambda model: providers[model.name])
        return providers

    return install


@pytest.fixture
async def page(alice):
    client = AsyncClient()
    await client.aforce_login(alice)
    return client


def lines(answer):
    return [json.loads(line) for line in b"".join(answer.streaming_content).decode().splitlines()]


def as_person(person):
    client = Client()
    client.force_login(person)
    return client


async def asked(page, question="Where is it?", **more):
    answer = await page.post("/arena/", {"question": question, **more})
    assert answer.status_code == 302, answer.content
    await duels.all_written()
    return await Duel.objects.aget(pk=answer["Location"].split("/")[-2])


def held(owner, left="qwen", right="gemma", vote="", **more):
    said = {"ended": True, "problem": ""}
    answers = {"left": {"text": "It is 5,000.", **said}, "right": {"text": "It is 8,000.", **said}}
    return Duel.objects.create(
        owner=owner, question="Limit?", left=left, right=right, answers=answers, vote=vote, **more
    )


async def test_not_a_byte_names_a_model_before_the_vote_and_then_both_are_told(alice, pair, each_says, page):
    each_says(qwen=["I am Qwen, ", "by QWEN people."], gemma=["gem", "ma says: Lisbon."])
    duel = await asked(page)
    assert {duel.left, duel.right} == {"qwen", "gemma"}
    for address in (f"/arena/{duel.pk}/", f"/arena/{duel.pk}/state/", "/arena/"):
        answer = await page.get(address)
        everything = (answer.content.decode() + str(answer.headers)).casefold()
        assert not [name for name in ("qwen", "gemma") if name in everything], address
    state = (await page.get(f"/arena/{duel.pk}/state/")).json()
    assert sorted(state[side]["text"] for side in ("left", "right")) == sorted(
        [f"I am {masking.MASK}, by {masking.MASK} people.", f"{masking.MASK} says: Lisbon."]
    )
    await page.post(f"/arena/{duel.pk}/vote/", {"vote": "right"})
    await page.post(f"/arena/{duel.pk}/vote/", {"vote": "left"})
    await duel.arefresh_from_db()
    assert (duel.vote, duel.named_itself, duel.shared) == ("right", True, False)
    shown = (await page.get(f"/arena/{duel.pk}/")).content.decode()
    assert "qwen" in shown
    assert "gemma" in shown
    assert "does not count" in shown


async def test_a_half_written_name_waits_until_it_can_be_told(alice, pair):
    duel = await sync_to_async(held)(alice)
    await Duel.objects.filter(pk=duel.pk).aupdate(answers={"left": {"text": "Ask me, I am qw"}, "right": {"text": ""}})
    await duel.arefresh_from_db()
    state = await sync_to_async(duels.state_of)(duel)
    assert state["left"]["text"] == "Ask me, I "
    assert not state["ended"]


async def test_one_that_fails_is_said_without_a_name_and_nothing_can_be_judged(alice, pair, each_says, page):
    broken = ProviderError("The server of qwen broke.", code="unreachable", retryable=True)
    each_says(qwen=[broken], gemma=["Porto."])
    duel = await asked(page)
    shown = (await page.get(f"/arena/{duel.pk}/")).content.decode()
    assert "did not come to an end" in shown
    assert "qwen" not in shown
    await page.post(f"/arena/{duel.pk}/vote/", {"vote": "left"})
    await duel.arefresh_from_db()
    assert duel.vote == ""


async def test_the_chat_goes_on_with_the_better_one(alice, pair, each_says, page):
    each_says(qwen=["Lisbon."], gemma=["Porto."])
    duel = await asked(page)
    assert (await page.post(f"/arena/{duel.pk}/chat/", {"side": "right"}))["Location"] == f"/arena/{duel.pk}/"
    assert not await Conversation.objects.aexists(), "not before the vote"
    await page.post(f"/arena/{duel.pk}/vote/", {"vote": "right"})
    answer = await page.post(f"/arena/{duel.pk}/chat/", {"side": "right"})
    chat = await Conversation.objects.select_related("active").aget()
    assert answer["Location"] == f"/c/{chat.pk}/"
    assert (chat.model_ids, chat.active.text) == ([duel.right], duel.text("right"))
    assert await Message.objects.filter(role="assistant").acount() == 2


async def test_both_read_the_libraries_that_alice_chose_and_so_does_the_chat_after_it(
    alice, bob, pair, each_says, page
):
    mine, theirs = [await Library.objects.acreate(owner=who, name="Rules") for who in (alice, bob)]
    row = await Document.objects.acreate(library=mine, name="rules.md", status="ready")
    chunk = await Chunk.objects.acreate(document=row, ordinal=0, text="The limit is 5,000.", start=0, end=19)
    await sync_to_async(keywords.add)([chunk])
    providers = each_says(qwen=["5,000 [1]."], gemma=["Much."])
    refused = await page.post("/arena/", {"question": "What is the limit?", "library": [theirs.pk]})
    assert (refused.status_code, await Duel.objects.acount()) == (422, 0)
    duel = await asked(page, "What is the limit?", library=[mine.pk, "nonsense"])
    assert all("The limit is 5,000." in str(one.requests[0].messages) for one in providers.values())
    assert "The limit is" not in json.dumps(duel.answers), "the words stay in their library"
    assert "rules" in (await page.get(f"/arena/{duel.pk}/")).content.decode()
    better = "left" if duel.left == "qwen" else "right"
    await page.post(f"/arena/{duel.pk}/vote/", {"vote": better})
    await page.post(f"/arena/{duel.pk}/chat/", {"side": better})
    chat = await Conversation.objects.aget()
    assert [library.pk async for library in chat.libraries.all()] == [mine.pk]
    source = await Source.objects.aget(message=chat.active_id)
    assert (source.text, source.library, source.cited) == ("The limit is 5,000.", mine.pk, True)
    (line,) = await sync_to_async(lambda: lines(as_person(alice).get("/arena/votes/")))()
    assert (line["chosen_libraries"], line["rejected_libraries"]) == (True, True)


async def test_both_orders_come_and_only_models_that_alice_may_use(alice, pair, model, each_says, page):
    await Model.objects.acreate(connection=model.connection, name="secret", public_id="secret")
    each_says(qwen=["A."], gemma=["B."])
    seen = {((duel := await asked(page)).left, duel.right) for _round in range(12)}
    assert seen == {("qwen", "gemma"), ("gemma", "qwen")}


def test_the_arena_is_there_for_those_whom_the_rule_names(alice, bob, root, pair):
    rule = ArenaRule.objects.get()
    rule.players = "nobody"
    rule.save()
    assert not rights.may_play(alice)
    assert rights.may_play(root)
    assert as_person(alice).get("/arena/").status_code == 404
    group = Group.objects.create(name="Judges")
    rule.players = rule.viewers = "groups"
    rule.save()
    rule.player_groups.add(group)
    rule.viewer_groups.add(group)
    bob.groups.add(group)
    assert (rights.may_play(bob), rights.may_view(bob), rights.may_play(alice)) == (True, True, False)
    assert as_person(bob).get("/arena/board/").status_code == 200
    assert as_person(alice).get("/arena/board/").status_code == 404
    assert as_person(bob).get(f"/arena/{held(alice).pk}/").status_code == 404


def test_root_sets_the_rule_and_reads_only_what_is_shared(alice, root, pair):
    held(alice, vote="left")
    held(alice, vote="right", shared=True, topic="other")
    held(alice, vote="bad", shared=True)
    client = as_person(root)
    client.post("/admin/arena/", {"players": "everyone", "viewers": "everyone"})
    assert ArenaRule.objects.get().viewers == "everyone"
    better, *bad = lines(client.get("/admin/arena/export/"))
    assert better["prompt"] == [{"role": "user", "content": "Limit?"}]
    assert better["chosen"] == [{"role": "assistant", "content": "It is 8,000."}]
    assert (better["chosen_model"], better["rejected_model"], better["why"]) == ("gemma", "qwen", "arena")
    said = [(line["completion"][0]["content"], line["label"]) for line in bad]
    assert said == [("It is 5,000.", False), ("It is 8,000.", False)]
    assert "alice" not in json.dumps([better, *bad])
    mine = {kind: lines(as_person(alice).get("/arena/votes/", {"kind": kind})) for kind in ("pairs", "single")}
    assert [line["chosen_model"] for line in mine["pairs"]] == ["qwen", "gemma"]
    assert [line["label"] for line in mine["single"]] == [True, False, False, True, False, False]


def test_the_board_counts_a_topic_alone_and_no_vote_that_was_not_blind(root, pair):
    for topic, vote, named in (("code", "left", False), ("maths", "right", False), ("maths", "left", True)):
        held(root, vote=vote, topic=topic, named_itself=named)
    client = as_person(root)
    rows = [(row.name, row.won, row.lost) for row, _bar in client.get("/arena/board/").context["rows"]]
    assert sorted(rows) == [("gemma", 1, 1), ("qwen", 1, 1)]
    maths = client.get("/arena/board/", {"topic": "maths"})
    assert [(row.name, row.won) for row, _bar in maths.context["rows"]] == [("gemma", 1), ("qwen", 0)]
    assert [(key, number) for key, _words, number in maths.context["topics"]] == [("code", 1), ("maths", 1)]


def drawn_by(strengths, games, seed=7):
    """Votes as models of these ratings would get them."""
    dice = random.Random(seed)
    names = sorted(strengths)
    votes = []
    for _game in range(games):
        one, other = dice.sample(names, 2)
        odds = 1 / (1 + 10 ** ((strengths[other] - strengths[one]) / 400))
        votes.append(Vote(one=one, other=other, won=1.0 if dice.random() < odds else 0.0))
    return votes


def test_the_ratings_behind_the_votes_are_found_again_within_their_intervals():
    truth = {"best": 1150, "good": 1050, "fair": 950, "poor": 850}
    found = standings(drawn_by(truth, 1200))
    assert [one.name for one in found] == ["best", "good", "fair", "poor"]
    for one in found:
        assert one.low <= truth[one.name] <= one.high, one
        assert one.high - one.low < 120
    fewer = standings(drawn_by(truth, 120))
    assert fewer[0].high - fewer[0].low > found[0].high - found[0].low, "fewer votes say less"


def test_two_models_stand_as_the_formula_says():
    votes = [Vote(one="a", other="b", won=1.0)] * 75 + [Vote(one="b", other="a", won=1.0)] * 25
    a, b = standings(votes)
    assert abs((a.rating - b.rating) - 400 * math.log10(3)) < 6
    assert (a.won, a.lost, b.won, b.lost) == (75, 25, 25, 75)
    few = [Vote(one="c", other="a", won=1.0)] * (LEAST - 1)
    assert [(one.name, one.rating and one.rating > 950) for one in standings([*votes, *few])][-1] == ("c", None)
    assert sum(one.rating for one in standings([*votes, *few])[:2]) in range(1999, 2002)
    ties = standings([Vote(one="a", other="b", won=0.5)] * 20)
    assert [one.rating for one in ties] == [1000, 1000]


def test_too_few_votes_are_said_instead_of_a_number(root):
    for _vote in range(LEAST - 1):
        held(root, vote="left")
    assert {one.rating for one in standings([Vote(one="a", other="b", won=1.0)] * (LEAST - 1))} == {None}
    assert "too few votes" in as_person(root).get("/arena/board/").content.decode()
    held(root, vote="left")
    assert "too few votes" not in as_person(root).get("/arena/board/").content.decode()


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Write a Python function that sorts", "code"),
        ("Solve the equation x^2 = 4", "maths"),
        ("Translate this into French", "translation"),
        ("Summarise the report", "summary"),
        ("Draft a letter to my landlord", "writing"),
        ("Who was Ada Lovelace?", "other"),
        ("请翻译成英文：你好", "translation"),
        ("写一首关于秋天的诗", "writing"),
        ("这段代码为什么报错", "code"),
    ],
)
def test_topics_are_told_by_words(question, topic):
    assert topic_of(question) == topic


def test_common_words_are_no_names():
    names = masking.names_of("Qwen/Qwen2.5-0.5B-Instruct", "Ollama")
    assert (
        masking.masked("I can chat and instruct: I am qwen2.", names)
        == f"I can chat and instruct: I am {masking.MASK}2."
    )
    assert not masking.says("You asked about Qwen.", names, "What is Qwen?")
