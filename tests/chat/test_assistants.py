"""Assistants: what alice has set up and shared, bob may use as far as his model rights go; carol is a stranger."""

import io

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from chat import picker
from chat.assistants import chosen, known, may_make
from chat.models import Assistant, AssistantMakers, Conversation, Favourite, Message
from chat.retrieving import PersonsRetriever
from knowledge.models import Library
from knowledge.passages import Passage
from providers.access import ModelNotAllowed
from providers.models import Model

pytestmark = pytest.mark.django_db


@pytest.fixture
def handbook(alice):
    return Library.objects.create(owner=alice, name="Handbook")


@pytest.fixture
def helper(alice, model, handbook):
    made = Assistant.objects.create(
        owner=alice, name="Helper", base_model="qwen", system=" Be brief. ", params={"temperature": 0.2, "top_k": 5}
    )
    made.libraries.add(handbook)
    return made


def page_of(person):
    client = Client()
    client.force_login(person)
    return client


def form(**more):
    return {"name": "Helper", "base_model": "qwen", "system": "Be brief.", "description": "", **more}


def picture(size=(600, 300), kind="PNG", **options):
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **options)
    out.seek(0)
    out.name = f"face.{kind.lower()}"
    return out


@pytest.mark.django_db(transaction=True)
async def test_bob_asks_and_the_instructions_and_parameters_go_along(bob, helper, says, tab, monkeypatch):
    await helper.users.aadd(bob)
    asked = []

    async def find_passages(question, user, libraries, **_more):
        asked.append((user.email, list(map(str, libraries))))
        return [Passage(text="Thirty days.", title="Handbook", score=0.9)]

    monkeypatch.setattr("knowledge.retrieval.find_passages", find_passages)
    provider = says("Hello")
    page = await tab(bob)
    given = {"temperature": 0.9}
    await page.say(type="send", id=1, text="hi", models=[helper.public_id], params=given)
    frames = await page.hear_until("done", "error")
    assert frames[-1]["type"] == "done"
    (request,) = provider.requests
    assert request.model == "qwen"
    assert (request.messages[0].role, request.messages[0].content) == ("system", "Be brief.")
    assert request.params == {"temperature": 0.9, "top_k": 5}
    library = await helper.libraries.aget()
    assert asked == [("alice@example.org", [str(library.pk)])], "with the owner's rights"

    reply = await Message.objects.select_related("assistant", "model").aget(role="assistant")
    assert (reply.model_name, reply.assistant, reply.model.public_id) == (helper.public_id, helper, "qwen")
    chat = await Conversation.objects.aget()
    assert chat.model_ids == [helper.public_id]


@pytest.mark.django_db(transaction=True)
async def test_what_is_granted_is_asked_as_the_owner_and_the_rest_as_oneself(alice, bob, helper, monkeypatch):
    from asgiref.sync import sync_to_async

    await helper.users.aadd(bob)
    own = await Library.objects.acreate(owner=bob, name="Bob's")
    asked = []

    async def find_passages(question, user, libraries, **_more):
        asked.append((user.email, list(libraries)))
        return [Passage(text=user.email, title="t", score=0.5 if user == alice else 0.6)]

    monkeypatch.setattr("knowledge.retrieval.find_passages", find_passages)
    choice = (await sync_to_async(chosen)(bob, [helper.public_id]))[0]
    granted = next(iter(choice.grant.libraries))
    found = await PersonsRetriever(bob, choice.grant).in_libraries("?", choice.libraries([str(own.pk)]))
    assert dict(asked) == {"alice@example.org": [granted], "bob@example.org": [str(own.pk)]}
    assert [passage.text for passage in found] == ["bob@example.org", "alice@example.org"]


def test_a_library_that_its_owner_lost_is_granted_to_nobody(bob, carol, helper, handbook):
    helper.users.add(bob)
    Library.objects.update(owner=carol)
    assert chosen(bob, [helper.public_id])[0].grant.libraries == frozenset()


def test_the_documents_of_a_granted_library_stay_closed(bob, helper, handbook):
    helper.users.add(bob)
    assert page_of(bob).get(f"/knowledge/{handbook.pk}/").status_code == 404
    assert not Library.objects.visible_to(bob).exists()


def test_a_turn_without_an_assistant_asks_nothing_more(model, django_assert_num_queries):
    with django_assert_num_queries(1):
        known(["qwen"])


@pytest.mark.parametrize("way", ["users", "groups", "for_everyone", "owner"])
def test_each_way_of_sharing_opens_it_for_those_meant(alice, bob, carol, helper, way):
    team = Group.objects.create(name="team")
    bob.groups.add(team)
    match way:
        case "users":
            helper.users.add(bob)
        case "groups":
            helper.groups.add(team)
        case "for_everyone":
            Assistant.objects.update(for_everyone=True)
        case "owner":
            Assistant.objects.update(owner=bob)
    assert chosen(bob, [helper.public_id])[0].model.public_id == "qwen"
    assert helper.public_id in {one["id"] for one in picker.offered(bob)}
    if way != "for_everyone":
        with pytest.raises(ModelNotAllowed):
            chosen(carol, [helper.public_id])
        assert helper.public_id not in {one["id"] for one in picker.offered(carol)}


def test_ids_of_assistants_are_compared_exactly(alice, helper):
    for close in (
        helper.public_id.upper(),
        helper.public_id.replace("-", ""),
        "assistant:",
        "assistant:x",
        "assistant:%",
    ):
        with pytest.raises(ModelNotAllowed):
            chosen(alice, [close])


def test_a_server_cannot_pass_a_model_off_as_an_assistant(alice, model, helper):
    Model.objects.filter(pk=model.pk).update(public_id="assistant:00000000-0000-0000-0000-000000000000")
    with pytest.raises(ModelNotAllowed):
        chosen(alice, ["assistant:00000000-0000-0000-0000-000000000000"])


def test_the_picker_shows_what_the_page_needs(alice, helper):
    Model.objects.update(capabilities=["completion", "vision"], price_in="0.5", window=8000, window_cap=4000)
    Favourite.objects.create(user=alice, public_id="qwen")
    Conversation.objects.create(owner=alice, model_ids=[helper.public_id])
    assistant, base = sorted(picker.offered(alice), key=lambda one: one["kind"])
    assert (assistant["id"], assistant["kind"], assistant["name"]) == (helper.public_id, "assistant", "Helper")
    assert (assistant["favourite"], base["favourite"]) == (False, True)
    assert assistant["used_at"]
    assert base["used_at"] is None
    for one in (assistant, base):
        assert (one["badges"], one["window"], one["available"]) == (["vision"], 4000, True)
        assert one["price"] == {"in": 0.5, "out": None}
    assert "Be brief" not in str(assistant)


def test_the_picker_costs_the_same_for_one_model_and_for_many(alice, helper, django_assert_num_queries):
    rows = [
        Model(connection=helper_model.connection, name=f"m{n}", public_id=f"m{n}", for_everyone=True)
        for helper_model in Model.objects.select_related("connection")[:1]
        for n in range(50)
    ]
    Model.objects.bulk_create(rows)
    with django_assert_num_queries(5):
        assert len(picker.offered(alice)) == 52


def test_alice_makes_one_and_every_field_comes_back(alice, model, handbook, bob):
    client = page_of(alice)
    more = {
        "libraries": [str(handbook.pk)],
        "web": "off",
        "questions": "One?\n\n Two? ",
        "add_people": "BOB@example.org",
        "param_temperature": "0.3",
        "param_stop": "END\nSTOP",
        "param_think": "no",
        "file": picture(),
    }
    answer = client.post("/assistants/new/", form(**more))
    assert answer.status_code == 302, answer.content.decode()
    made = Assistant.objects.get()
    assert (made.owner, made.base_model, made.web_search) == (alice, "qwen", False)
    assert made.suggestions == ["One?", "Two?"]
    assert made.params == {"temperature": 0.3, "stop": ["END", "STOP"], "think": False}, "what is at default is nothing"
    assert list(made.users.all()) == [bob]
    page = client.get(answer["Location"])
    assert 'value="0.3"' in page.content.decode()
    for shown in ("Be brief.", "One?", "bob@example.org"):
        assert shown in page.content.decode()


def test_the_picture_is_drawn_anew_and_served_to_those_who_may_use_it(alice, bob, carol, model):
    from PIL import Image

    exif = Image.Exif()
    exif[0x010E] = "secret place"
    page_of(alice).post("/assistants/new/", form(file=picture(kind="JPEG", exif=exif), add_people="bob@example.org"))
    made = Assistant.objects.get()
    served = page_of(bob).get(made.picture_address)
    assert (served["Content-Type"], served["X-Content-Type-Options"]) == ("image/webp", "nosniff")
    assert b"secret place" not in served.content
    assert Image.open(io.BytesIO(served.content)).size == (256, 256)
    assert page_of(carol).get(made.picture_address).status_code == 404
    page_of(alice).post(f"/assistants/{made.pk}/", form(remove_picture="on"))
    assert page_of(alice).get(made.picture_address).status_code == 404


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not a picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "not a picture"),
        (b"GIF89a" + b"\xff" * 200, "not a picture"),
        (picture((9000, 2)).read(), "too many pixels"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence(alice, model, data, why):
    upload = io.BytesIO(data)
    upload.name = "face.png"
    answer = page_of(alice).post("/assistants/new/", form(file=upload))
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not Assistant.objects.exists()


def test_alice_offers_only_her_own_models_libraries_and_groups(alice, bob, model):
    Model.objects.create(connection=model.connection, name="secret-model", public_id="secret-model")
    Library.objects.create(owner=bob, name="Bob's library")
    Group.objects.create(name="other team")
    page = page_of(alice).get("/assistants/new/").content.decode()
    for hidden in ("secret-model", "Bob&#x27;s library", "other team"):
        assert hidden not in page
    stolen = Library.objects.get()
    for wrong in (
        {"libraries": [str(stolen.pk)]},
        {"base_model": "secret-model"},
        {"groups": [Group.objects.get().pk]},
    ):
        assert page_of(alice).post("/assistants/new/", form(**wrong)).status_code == 422
    assert not Assistant.objects.exists()


@pytest.mark.parametrize("rule", ["nobody", "groups", "everyone"])
def test_an_administrator_says_who_may_make_them(alice, root, model, helper, rule):
    team = Group.objects.create(name="makers")
    page_of(root).post("/admin/assistants/", {"rule": rule, "groups": [team.pk]})
    assert AssistantMakers.objects.get().rule == rule
    allowed = rule == "everyone"
    assert may_make(alice) == allowed
    for path in ("/assistants/new/", f"/assistants/{helper.pk}/"):
        assert page_of(alice).get(path).status_code == (200 if allowed else 404)
    assert page_of(alice).get("/assistants/").status_code == 200
    alice.groups.add(team)
    assert may_make(alice) == (rule != "nobody")
    assert may_make(root)
    assert page_of(alice).post(f"/assistants/{helper.pk}/delete/").status_code == 302, "one's own can always go"


def test_carol_can_neither_read_nor_change_nor_delete_it(carol, helper):
    client = page_of(carol)
    for path in (f"/assistants/{helper.pk}/", f"/assistants/{helper.pk}/delete/"):
        assert client.get(path).status_code == 404
        assert client.post(path, form(name="mine")).status_code == 404
    assert Assistant.objects.get().name == "Helper"


def test_bob_who_uses_it_cannot_read_its_instructions(bob, helper):
    helper.users.add(bob)
    client = page_of(bob)
    assert client.get(f"/assistants/{helper.pk}/").status_code == 404
    for path in ("/assistants/", "/api/models", "/"):
        answer = client.get(path)
        assert b"Helper" in answer.content
        assert b"Be brief" not in answer.content


def test_root_edits_it_without_seeing_what_else_alice_has(root, alice, helper):
    Library.objects.create(owner=alice, name="Alice's diary")
    page = page_of(root).get(f"/assistants/{helper.pk}/").content.decode()
    assert "Handbook" in page
    assert "diary" not in page
    assert page_of(root).post(f"/assistants/{helper.pk}/", form(name="Renamed")).status_code == 302
    changed = Assistant.objects.get()
    assert (changed.name, changed.owner) == ("Renamed", alice)


def test_an_old_answer_keeps_its_text_when_the_assistant_is_deleted(alice, helper):
    chat = Conversation.objects.create(owner=alice, model_ids=[helper.public_id])
    reply = Message.objects.create(
        conversation=chat, role="assistant", text="Thirty.", model_name=helper.public_id, assistant=helper
    )
    chat.show(reply)
    helper.delete()
    read = page_of(alice).get(f"/api/chats/{chat.pk}").json()
    assert read["messages"][0]["text"] == "Thirty."
    assert read["standing"][0]["withdrawn"]
