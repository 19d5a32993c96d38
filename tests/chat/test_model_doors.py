"""Every door through which a model can be named, tried with ids that bob may not use: none opens, no model is asked."""

import uuid

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from chat.models import Assistant, Conversation, Message
from chat.runner import runner
from chat.standing import standing
from providers.models import Model
from tests.waiting import eventually_async

pytestmark = pytest.mark.django_db(transaction=True)

CLOSED = (
    "forbidden",
    "unknown",
    "gone",
    "embedding",
    "replica",
    "assistant:forbidden",
    "assistant:private",
    "assistant:?",
)
OPEN = ("qwen", "hidden", "assistant:shared")


@pytest.fixture
def ids(alice, bob, model):
    """What each name stands for; bob may use what is in OPEN."""
    at = {"connection": model.connection, "for_everyone": True}

    def add(name, **fields):
        return Model.objects.create(**{**at, "name": name, "public_id": name, **fields})

    add("forbidden", for_everyone=False)
    add("gone", present=False)
    add("embedding", kind="embedding")
    add("hidden", hidden=True)
    add("replica", replica_of=model)

    def assist(base, *people):
        made = Assistant.objects.create(owner=alice, name=f"of {base}", base_model=base, system="Be brief.")
        made.users.add(*people)
        return made.public_id

    return {name: name for name in (*CLOSED, *OPEN)} | {
        "assistant:forbidden": assist("forbidden", bob),
        "assistant:private": assist("qwen"),
        "assistant:shared": assist("qwen", bob),
        "assistant:?": f"assistant:{uuid.uuid4()}",
    }


@pytest.fixture
def old(bob, ids):
    """An old chat of bob's in which `name` has answered, cut in the middle."""

    def begun(name):
        chat = Conversation.objects.create(owner=bob, title="old", model_ids=[ids[name]])
        question = Message.objects.create(conversation=chat, role="user", text="hi", author=bob)
        named = {"model_name": ids[name], "model": Model.objects.filter(public_id=name).first()}
        answer = Message.objects.create(
            conversation=chat, parent=question, role="assistant", text="Well", finish_reason="length", **named
        )
        chat.show(answer)
        return chat, question, answer

    return begun


async def frames_of(page, **frame):
    await page.say(id=1, **frame)
    return await page.hear_until("done", "error")


async def try_socket(page, old, name, public_id):
    """Each way to have an answer over the socket, with a name for the report."""
    yield "send", await frames_of(page, type="send", text="hi", models=[public_id])
    chat, question, answer = await sync_to_async(old)(name)
    yield "go on", await frames_of(page, type="send", chat=str(chat.pk), text="more", models=[public_id])
    yield "as before", await frames_of(page, type="send", chat=str(chat.pk), text="more", models=[])
    yield (
        "edit",
        await frames_of(page, type="send", chat=str(chat.pk), edits=question.pk, text="other", models=[public_id]),
    )
    yield "regenerate", await frames_of(page, type="regenerate", message=answer.pk)
    yield "ask another", await frames_of(page, type="regenerate", message=question.pk, models=[public_id])
    chat, question, answer = await sync_to_async(old)(name)
    yield "continue", await frames_of(page, type="continue", message=answer.pk)


@pytest.mark.parametrize("name", CLOSED)
async def test_bob_is_refused_over_the_socket(bob, ids, old, says, tab, name):
    provider = says("no")
    page = await tab(bob)
    async for door, frames in try_socket(page, old, name, ids[name]):
        assert [(frame["type"], frame.get("code")) for frame in frames] == [("error", "not_allowed")], door
    assert provider.requests == []


@pytest.mark.parametrize("name", OPEN)
async def test_bob_is_answered_over_the_socket(bob, ids, old, says, tab, name):
    provider = says("yes")
    page = await tab(bob)
    async for door, frames in try_socket(page, old, name, ids[name]):
        assert frames[-1]["type"] == "done", door
    expected = "hidden" if name == "hidden" else "qwen"
    assert {request.model for request in provider.requests} == {expected}
    instructed = {request.messages[0].content == "Be brief." for request in provider.requests}
    assert instructed == {name == "assistant:shared"}


@pytest.mark.parametrize("name", [*CLOSED, *OPEN])
async def test_the_apis_say_the_same(bob, ids, says, name):
    from webui.accounts.models import ApiKey
    from webui.asgi import django_application

    provider = says("yes")
    _key, text = await sync_to_async(ApiKey.issue)(bob, "his")
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(django_application),
        base_url="http://localhost",
        headers={"Authorization": f"Bearer {text}"},
    )
    listed = name in OPEN and name != "hidden"
    async with client:
        body = {"model": ids[name], "messages": [{"role": "user", "content": "hi"}]}
        for stream in (False, True):
            answer = await client.post("/v1/chat/completions", json=body | {"stream": stream})
            assert answer.status_code == (200 if name in OPEN else 404), answer.text
        programs = {one["id"] for one in (await client.get("/v1/models")).json()["data"]}
        assert (ids[name] in programs) == (listed or name == "embedding")  # which /v1/embeddings serves
        assert (ids[name] in {one["id"] for one in (await client.get("/api/models")).json()}) == listed
        vectors = await client.post("/v1/embeddings", json={"model": ids[name], "input": "hi"})
        assert (vectors.status_code == 404) == (name != "embedding"), vectors.text
        passed = await client.post("/ollama/api/chat", json=body)
        assert passed.status_code == 404, "no Ollama server has it"
        kept = await client.put(f"/api/models/{ids[name]}/favourite")
        assert kept.status_code == (204 if name in OPEN else 404)
    assert len(provider.requests) == (2 if name in OPEN else 0)


def test_vectors_of_a_model_that_is_not_hers_do_not_exist(alice, bob, model):
    from chat.gateway.callers import Caller
    from chat.gateway.embeddings import _model
    from chat.gateway.errors import ApiProblem

    private = Model.objects.create(connection=model.connection, name="e", public_id="private-e", kind="embedding")
    private.users.add(bob)
    assert _model(Caller(user=bob), "private-e") == private
    with pytest.raises(ApiProblem):
        _model(Caller(user=alice), "private-e")


@pytest.mark.parametrize(
    ("code", "words"), [("unreachable", "does not answer"), ("unauthorized", "administrator has to mend")]
)
def test_a_server_that_is_away_is_told_to_bob_without_its_address(bob, root, model, code, words):
    from chat.picker import offered

    model.connection.problem_code = code
    model.connection.save()
    assert words in offered(bob)[0]["why"]
    assert "127.0.0.1" not in str(offered(bob))
    assert "127.0.0.1" in offered(root)[0]["why"] or code != "unreachable"


def test_unknown_and_not_shared_assistants_get_the_same_answer(bob, ids):
    from chat.assistants import chosen
    from providers.access import ModelNotAllowed

    said = set()
    for name in ("assistant:private", "assistant:?"):
        with pytest.raises(ModelNotAllowed) as refusal:
            chosen(bob, [ids[name]])
        said.add(str(refusal.value))
    assert len(said) == 1


@pytest.mark.titles
async def test_no_title_is_asked_of_a_model_that_was_withdrawn_while_it_waited(bob, model, says, tab, monkeypatch):
    provider = says("answer")
    busy = {"qwen"}
    monkeypatch.setattr("chat.titles.is_busy_local", lambda model: model.public_id in busy)
    monkeypatch.setattr("chat.titles.LOOK", 0.02)
    page = await tab(bob)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    await page.hear_until("done")
    await Model.objects.aupdate(for_everyone=False)
    busy.clear()
    await eventually_async(lambda: not runner._titles)
    assert len(provider.requests) == 1


async def test_an_old_chat_is_read_only_until_another_model_is_chosen(bob, ids, old, says, tab):
    says("yes")
    chat, _question, _answer = await sync_to_async(old)("forbidden")
    client = AsyncClient()
    await client.aforce_login(bob)
    read = (await client.get(f"/api/chats/{chat.pk}")).json()
    assert [message["text"] for message in read["messages"]] == ["hi", "Well"]
    (state,) = read["standing"]
    assert (state["withdrawn"], state["why"]) == (True, "The model “forbidden” is no longer allowed. Choose another.")
    page = await tab(bob)
    frames = await frames_of(page, type="send", chat=str(chat.pk), text="more", models=["qwen"])
    assert frames[-1]["type"] == "done"
    read = (await client.get(f"/api/chats/{chat.pk}")).json()
    assert [state["withdrawn"] for state in read["standing"]] == [False]


async def test_a_model_that_was_changed_on_its_server_is_noticed_once(bob, model, says, tab):
    says("yes")
    page = await tab(bob)

    async def ask(digest, chat=None):
        await Model.objects.aupdate(digest=digest)
        frames = await frames_of(page, type="send", chat=chat, text="hi", models=["qwen"])
        return frames[0]["chat"]

    chat_id = await ask("sha256:one")

    @sync_to_async
    def changed():
        return [state["changed"] for state in standing(bob, Conversation.objects.get(pk=chat_id))]

    assert await changed() == [False]
    await Model.objects.aupdate(digest="sha256:two")
    assert await changed() == [True]
    await ask("sha256:two", chat_id)
    assert await changed() == [False]
    answers = Message.objects.filter(role="assistant").order_by("id")
    digests = [digest async for digest in answers.values_list("model_digest", flat=True)]
    assert len(set(digests)) == len(digests) == 2
