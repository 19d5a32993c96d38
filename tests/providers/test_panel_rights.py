"""The administration's pages about rights: groups, the table, new models, and what a person has."""

import json

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from chat.models import Assistant, Conversation
from knowledge.models import Library
from providers.models import Connection, Model, NewModels

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(db):
    return Connection.objects.create(name="Lab", base_url="http://gpu/v1")


@pytest.fixture
def qwen(lab):
    return Model.objects.create(connection=lab, name="qwen", public_id="qwen")


@pytest.fixture
def team(alice, bob):
    team = Group.objects.create(name="Accounting")
    team.user_set.add(alice, bob)
    return team


@pytest.fixture
def panel(root):
    client = Client()
    client.force_login(root)
    return client


def text(answer):
    return " ".join(answer.content.decode().split())


def changed(*cells):
    return {"changes": json.dumps(cells)}


def test_root_makes_renames_and_deletes_a_group(panel, alice):
    made = panel.post("/admin/groups/", {"name": "  Press   office "})
    group = Group.objects.get(name="Press office")
    assert made["Location"] == f"/admin/groups/{group.pk}/"
    assert "already a group" in text(panel.post("/admin/groups/", {"name": "press OFFICE"}))
    panel.post(f"/admin/groups/{group.pk}/", {"name": "Press"})
    panel.post(f"/admin/groups/{group.pk}/", {"add_people": "ALICE@example.org"})
    assert list(Group.objects.get(name="Press").user_set.all()) == [alice]
    assert "Nobody has the address" in text(panel.post(f"/admin/groups/{group.pk}/", {"add_people": "x@y.org"}))
    panel.post(f"/admin/groups/{group.pk}/delete/")
    assert not Group.objects.exists()


def test_leaving_a_group_shows_first_what_is_lost(panel, alice, bob, qwen, team):
    qwen.groups.add(team)
    Conversation.objects.create(owner=alice, model_ids=["qwen"])
    path = f"/admin/groups/{team.pk}/leave/"
    asked = text(panel.post(path, {"leaving": [alice.pk]}))
    assert "<strong>1</strong> person loses a model" in asked
    assert "<strong>1</strong> chat becomes read-only" in asked
    assert team.user_set.count() == 2, "nothing happened yet"
    panel.post(path, {"leaving": [alice.pk], "really": "1"})
    assert list(team.user_set.all()) == [bob]


def test_leaving_a_group_that_gives_nothing_needs_no_question(panel, alice, bob, team):
    panel.post(f"/admin/groups/{team.pk}/leave/", {"leaving": [alice.pk, bob.pk]})
    assert team.user_set.count() == 0


def test_the_table_shows_every_cell_once_and_in_its_place(panel, lab, qwen, team):
    other = Group.objects.create(name="Board")
    Model.objects.create(connection=lab, name="embed", public_id="embed", kind="embedding")
    Model.objects.create(connection=lab, name="twin", public_id="twin", replica_of=qwen)
    qwen.groups.add(other)
    page = panel.get("/admin/access/").content.decode()
    assert page.count("data-model=") == 1
    row = page[page.index("data-model=") :]
    boxes = [box.startswith("<td><input type=checkbox checked") for box in row.split("<td>")[1:]]
    cells = ["checked" in cell.split(">")[0] for cell in row.split("<td><input")[1:]]
    assert len(boxes) == len(cells) == 3
    assert cells == [False, False, True], "everyone, Accounting, Board"
    assert f'data-columns="[0, {team.pk}, {other.pk}]"' in page


def test_a_change_is_rehearsed_and_then_made(panel, alice, bob, carol, qwen, team):
    qwen.groups.add(team)
    Conversation.objects.create(owner=alice, model_ids=["qwen"])
    Conversation.objects.create(owner=alice, model_ids=["other", "qwen"])
    Conversation.objects.create(owner=carol, model_ids=["qwen"])
    Conversation.objects.create(owner=alice, model_ids=["qwen2"])
    made = Assistant.objects.create(owner=alice, name="a", base_model="qwen")
    Conversation.objects.create(owner=bob, model_ids=[made.public_id])
    cells = changed([qwen.pk, team.pk, False])
    asked = text(panel.post("/admin/access/change/", cells))
    assert "<strong>2</strong> people lose a model" in asked
    assert "<strong>3</strong> chats become read-only" in asked
    assert "alice, bob" in asked
    assert list(qwen.groups.all()) == [team], "nothing is kept of a rehearsal"
    panel.post("/admin/access/change/", {**cells, "save": "1"})
    assert not qwen.groups.exists()


def test_who_keeps_the_model_by_another_way_loses_nothing(panel, alice, bob, qwen, team):
    qwen.groups.add(team)
    qwen.users.add(alice, bob)
    assert "nobody gains or loses a model" in text(
        panel.post("/admin/access/change/", changed([qwen.pk, team.pk, False]))
    )


def test_many_changes_at_once_and_some_of_what_is_gone(panel, lab, team):
    models = [Model.objects.create(connection=lab, name=f"m{n}", public_id=f"m{n}") for n in range(3)]
    groups = [team, Group.objects.create(name="b")]
    cells = [[model.pk, group.pk, True] for model in models for group in groups]
    cells += [[models[0].pk, 0, True], [models[1].pk, 0, True], [models[1].pk, 0, False]]
    gone = [[999_999, team.pk, True], [models[0].pk, 999_999, True], [999_999, 0, True]]
    panel.post("/admin/access/change/", {**changed(*cells, *gone), "save": "1"})
    panel.post("/admin/access/change/", {**changed(*cells[:1]), "save": "1"})
    assert [model.groups.count() for model in models] == [2, 2, 2]
    assert list(Model.objects.filter(for_everyone=True)) == [models[0]]


@pytest.mark.parametrize("junk", ["", "{", "[[1]]", '[["a", 1, true]]', "null"])
def test_unreadable_changes_change_nothing(panel, qwen, junk):
    assert panel.post("/admin/access/change/", {"changes": junk, "save": "1"}).status_code == 302
    assert not Model.objects.filter(for_everyone=True).exists()


@pytest.mark.parametrize(
    ("general", "own", "expected"),
    [
        (None, None, "nobody"),
        ("nobody", None, "nobody"),
        ("everyone", None, "everyone"),
        ("groups", None, "team"),
        ("everyone", "nobody", "nobody"),
        ("nobody", "groups", "team"),
    ],
)
def test_new_models_follow_the_nearest_rule(panel, lab, team, general, own, expected):
    from providers.stock import add_by_hand

    if general:
        panel.post("/admin/models/new/", {"general-rule": general, "general-groups": [team.pk]})
    if own:
        prefix = {"connection": lab.pk, f"{lab.pk}-rule": own, f"{lab.pk}-groups": [team.pk]}
        panel.post("/admin/models/new/", prefix)
    found = add_by_hand(lab, "fresh")
    found.refresh_from_db()
    assert found.for_everyone == (expected == "everyone")
    assert list(found.groups.all()) == ([team] if expected == "team" else [])


def test_a_connection_can_go_back_to_the_general_rule(panel, lab):
    panel.post("/admin/models/new/", {"connection": lab.pk, f"{lab.pk}-rule": "everyone"})
    assert NewModels.objects.get().connection == lab
    panel.post("/admin/models/new/", {"connection": lab.pk, "remove": "1"})
    assert not NewModels.objects.exists()
    for junk in ("x", "00000000-0000-0000-0000-000000000000"):
        assert panel.post("/admin/models/new/", {"connection": junk}).status_code == 404


def test_a_models_page_shows_what_a_change_does_before_it_is_saved(panel, alice, qwen):
    qwen.users.add(alice)
    given = {"kind": "chat", "position": "3", "price_in": "0.5", "description": "Quick", "by_hand": "on"}
    given |= {"abilities": ["vision"], "window_cap": "8192", "keep_alive": "10m", "hidden": "on"}
    asked = text(panel.post(f"/admin/models/{qwen.pk}/", {**given, "look": "1"}))
    assert "<strong>1</strong> person loses a model" in asked
    qwen.refresh_from_db()
    assert (list(qwen.users.all()), qwen.position) == ([alice], 0)
    panel.post(f"/admin/models/{qwen.pk}/", given)
    qwen.refresh_from_db()
    assert not qwen.users.exists()
    assert (qwen.position, qwen.abilities, qwen.window_cap, qwen.hidden) == (3, {"vision"}, 8192, True)
    panel.post(f"/admin/models/{qwen.pk}/", {"kind": "chat"})
    qwen.refresh_from_db()
    assert (qwen.capabilities_by_hand, qwen.keep_alive, qwen.price_in, qwen.hidden) == (None, "", None, False)
    for wrong in ({"keep_alive": "soon"}, {"price_in": "-1"}, {"window_cap": "3"}):
        assert 'class="errorlist"' in text(panel.post(f"/admin/models/{qwen.pk}/", {"kind": "chat", **wrong}))


def test_what_alice_has_and_nothing_of_what_she_wrote(panel, alice, bob, qwen, team):
    qwen.groups.add(team)
    Conversation.objects.create(owner=alice, title="My secret illness")
    Library.objects.create(owner=alice, name="Diary")
    shared = Assistant.objects.create(owner=bob, name="Helper", base_model="qwen", system="The password is tulip.")
    shared.users.add(alice)
    page = text(panel.get(f"/admin/people/{alice.pk}/sees/?model=qwen"))
    for shown in ("qwen", "Is in the group “Accounting”, which may use it.", "Helper", "Shared by bob."):
        assert shown in page
    for private in ("illness", "Diary", "tulip"):
        assert private not in page
    assert "And 1 library of their own" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m, a: None, "is not for everyone"),
        (lambda m, a: Connection.objects.update(enabled=False), "is switched off"),
        (lambda m, a: Model.objects.update(present=False, for_everyone=True), "does not offer the model any more"),
        (lambda m, a: Model.objects.update(kind="embedding"), "not a model for chats"),
        (lambda m, a: m.groups.add(Group.objects.create(name="Board")), "none of the groups that may use it: Board"),
        (lambda m, a: type(a).objects.filter(pk=a.pk).update(is_active=False), "disabled or waits"),
    ],
)
def test_it_is_explained_why_alice_cannot_use_a_model(panel, alice, qwen, change, said):
    change(qwen, alice)
    page = text(panel.get(f"/admin/people/{alice.pk}/sees/?model=qwen"))
    assert ">not allowed</span>" in page
    assert said in page


def test_a_model_that_is_not_there_is_said_to_be_missing(panel, alice):
    assert "There is no model “nope” here." in text(panel.get(f"/admin/people/{alice.pk}/sees/?model=nope"))
