"""The whitelist's page, driven as root would."""

import pytest
from django.contrib.auth.models import Group

from providers.access import models_for
from providers.models import Connection, Model

pytestmark = pytest.mark.django_db
EVERYONE = "/admin/models/everyone/"


@pytest.fixture
def panel(client, root):
    client.force_login(root)
    return client


@pytest.fixture
def gpu():
    return Connection.objects.create(name="GPU box", base_url="http://gpu:8000/v1")


@pytest.fixture
def qwen(gpu):
    return Model.objects.create(connection=gpu, name="qwen", public_id="qwen")


@pytest.fixture
def llama(gpu):
    return Model.objects.create(connection=gpu, name="llama", public_id="llama", for_everyone=True)


def names(user) -> list[str]:
    return [model.public_id for model in models_for(user)]


def save(panel, model, **fields):
    return panel.post(f"/admin/models/{model.pk}/", {"kind": model.kind, "window": model.window or "", **fields})


def test_switches_count_for_the_rows_that_were_shown(panel, qwen, llama, alice):
    other = Model.objects.create(connection=qwen.connection, name="x", public_id="x", for_everyone=True)
    panel.post(EVERYONE, {"shown": [qwen.pk, llama.pk], "everyone": [qwen.pk, 999]})
    assert names(alice) == ["qwen", other.public_id]


@pytest.mark.parametrize(("button", "allowed"), [("all", ["llama", "qwen"]), ("none", [])])
def test_all_or_none_of_a_connection(panel, qwen, llama, alice, button, allowed):
    panel.post(EVERYONE, {"connection": str(qwen.connection_id), "shown": [], button: "1"})
    assert names(alice) == allowed


def test_people_are_added_by_e_mail_and_taken_away_by_a_tick(panel, qwen, alice, bob, carol):
    save(panel, qwen, add_people="Alice@example.org, bob@example.org")
    assert [names(user) for user in (alice, bob, carol)] == [["qwen"], ["qwen"], []]
    save(panel, qwen, users=[bob.pk])
    assert [names(user) for user in (alice, bob, carol)] == [[], ["qwen"], []]


def test_an_unknown_address_changes_nothing(panel, qwen, alice):
    page = save(panel, qwen, add_people="alice@example.org nobody@example.org", for_everyone="on").content.decode()
    assert "Nobody has the address nobody@example.org." in page
    assert names(alice) == []


def test_a_group_is_given_a_model(panel, qwen, alice):
    readers = Group.objects.create(name="readers")
    alice.groups.add(readers)
    save(panel, qwen, groups=[readers.pk])
    assert names(alice) == ["qwen"]


def test_a_window_and_a_kind_set_by_hand_are_marked_so(panel, qwen, root):
    save(panel, qwen, window="5108", kind="embedding")
    qwen.refresh_from_db()
    assert (qwen.window, qwen.window_by_hand, qwen.kind_by_hand) == (5108, True, True)
    assert names(root) == []
    save(panel, qwen, window="")
    qwen.refresh_from_db()
    assert (qwen.window, qwen.window_by_hand) == (None, False)
    assert "at least 256" in save(panel, qwen, window="10").content.decode()


def test_the_table_is_searched_and_filtered(panel, qwen, llama):
    def listed(query: str) -> list[str]:
        return [model.public_id for model in panel.get(f"/admin/models/?{query}").context["page"]]

    assert listed("") == ["llama", "qwen"]
    assert listed("q=QWE") == ["qwen"]
    assert listed("q=gpu") == ["llama", "qwen"]
    assert listed(f"connection={qwen.connection_id}") == ["llama", "qwen"]
    assert listed("q=nothing") == listed("q=%25") == []
    assert listed("connection=junk") == ["llama", "qwen"]


def test_the_way_back_stays_on_this_site(panel, qwen):
    assert panel.post(EVERYONE, {"next": "https://evil.example/"})["Location"] == "/admin/models/"
    assert panel.post(EVERYONE, {"next": "/admin/models/?q=a"})["Location"] == "/admin/models/?q=a"


def test_alice_cannot_give_herself_a_model(client, alice, qwen):
    client.force_login(alice)
    assert client.post(EVERYONE, {"shown": [qwen.pk], "everyone": [qwen.pk]}).status_code == 404
    assert client.post(f"/admin/models/{qwen.pk}/", {"for_everyone": "on"}).status_code == 404
    assert names(alice) == []


def test_the_list_says_in_words_what_an_administrator_says_a_model_can(panel):
    lab = Connection.objects.create(name="Lab", base_url="http://gpu/v1")
    Model.objects.create(connection=lab, name="a", public_id="a", capabilities=["completion", "tools", "audio"])
    Model.objects.create(connection=lab, name="b", public_id="b", capabilities=[], capabilities_by_hand=["vision"])
    page = panel.get("/admin/models/").content.decode()
    assert "chat, uses tools, audio" in page
    assert "chat, sees pictures" in page
