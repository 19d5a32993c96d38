"""Libraries are private, shared with people or groups, or for all; one door decides, and it remembers nothing."""

import json
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Group
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge import judging, sharing
from knowledge.models import Chunk, Document, Library, LibraryShare, Right
from knowledge.passages import RetrievalError
from knowledge.retrieval import find_passages
from tests.knowledge.libraries import document_in
from webui.accounts.models import ApiKey, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(bob):
    group = Group.objects.create(name="Works council")
    bob.groups.add(group)
    return group


@pytest.fixture
def leave(library):
    return document_in(library, "Unused holidays expire in March.", name="leave.txt", vectors=False)


@pytest.fixture(autouse=True)
def _built_assets(monkeypatch):
    from webui import assets

    monkeypatch.setattr(assets, "entry", lambda name: assets.Entry(script=f"{name}.js", imports=(), css=None))


def as_(person):
    client = Client()
    client.force_login(person)
    return client


def with_key(person):
    key = ApiKey.issue(person, "key")[1]
    return Client(headers={"Authorization": f"Bearer {key}"})


def send(client, method, path, body=None):
    return client.generic(method, path, json.dumps(body or {}), content_type="application/json")


def rights(person, library):
    return [right for right in Right if Library.objects.visible_to(person, right).filter(pk=library.pk).exists()]


def test_a_library_is_private_until_it_is_shared(library, alice, bob, root):
    assert rights(alice, library) == ["read", "write", "own"]
    assert rights(bob, library) == rights(root, library) == []


@pytest.mark.parametrize(("level", "expected"), [("read", ["read"]), ("write", ["read", "write"])])
@pytest.mark.parametrize("way", ["person", "group", "everyone"])
def test_each_way_of_sharing_gives_what_it_says(library, alice, bob, carol, team, way, level, expected):
    if way == "everyone":
        sharing.share_with_everyone(library, level)
    else:
        alice.groups.add(team)
        sharing.share(alice, library, "bob@example.org" if way == "person" else f"group:{team.pk}", level)
    assert rights(bob, library) == expected
    assert rights(carol, library) == (expected if way == "everyone" else [])
    assert rights(alice, library) == ["read", "write", "own"]


def test_the_most_of_several_rights_counts(library, alice, bob, team):
    alice.groups.add(team)
    sharing.share(alice, library, "bob@example.org", "write")
    sharing.share(alice, library, f"group:{team.pk}", "read")
    sharing.share_with_everyone(library, "read")
    assert rights(bob, library) == ["read", "write"]
    assert [one.right for one in Library.objects.visible_to(bob).with_right(bob)] == ["write"]


def test_whoever_leaves_the_group_loses_the_library(library, alice, bob, team):
    alice.groups.add(team)
    sharing.share(alice, library, f"group:{team.pk}", "write")
    bob.groups.remove(team)
    assert rights(bob, library) == []


SHARES = st.lists(st.tuples(st.sampled_from(["bob", "carol", "team", "everyone"]), st.sampled_from(["read", "write"])))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shares=SHARES, members=st.sets(st.sampled_from(["bob", "carol"])))
def test_the_door_opens_for_those_who_were_named_and_nobody_else(alice, bob, carol, db, shares, members):
    library = Library.objects.create(owner=alice, name="x")
    team = Group.objects.create(name=f"team {library.pk}")
    people = {"bob": bob, "carol": carol}
    for name in members:
        people[name].groups.add(team)
    told = dict(shares)
    for who, level in told.items():
        if who == "everyone":
            sharing.share_with_everyone(library, level)
        else:
            named = {"group": team} if who == "team" else {"user": people[who]}
            LibraryShare.objects.create(library=library, level=level, **named)
    for name, person in people.items():
        given_to = {told.get(name), told.get("everyone"), told.get("team") if name in members else None}
        expected = ["read", "write"] if "write" in given_to else ["read"] if "read" in given_to else []
        assert rights(person, library) == expected
        seen = Library.objects.visible_to(person).with_right(person).filter(pk=library.pk)
        assert [one.right for one in seen] == expected[-1:]
        assert Document.objects.visible_to(person).filter(library=library).count() == 0


READS = ("GET documents", "POST search", "GET passages", "GET file", "GET page", "GET document page")
WRITES = ("POST documents", "POST retry", "DELETE document", "POST page", "POST retry page", "POST delete page")
OWNS = ("PATCH library", "DELETE library", "GET shares", "POST shares", "PUT everyone", "GET share page",
        "POST share page", "POST name page", "GET delete page", "POST delete library page")  # fmt: skip


def doors(client, library, document):
    """Every way to a library and what is in it: {verb and noun: the status}."""
    api, page = f"/api/libraries/{library.pk}", f"/knowledge/{library.pk}"
    one = f"{api}/documents/{document.pk}"
    asked = {
        "GET documents": ("GET", f"{api}/documents"),
        "GET passages": ("GET", f"/api/documents/{document.pk}/passages"),
        "GET file": ("GET", f"/api/documents/{document.pk}/file"),
        "GET page": ("GET", f"{page}/"),
        "GET document page": ("GET", f"{page}/documents/{document.pk}/"),
        "POST documents": ("POST", f"{api}/documents"),
        "POST retry": ("POST", f"{one}/retry"),
        "DELETE document": ("DELETE", one),
        "POST page": ("POST", f"{page}/"),
        "POST retry page": ("POST", f"{page}/documents/{document.pk}/retry/"),
        "POST delete page": ("POST", f"{page}/documents/{document.pk}/delete/"),
        "PATCH library": ("PATCH", api),
        "DELETE library": ("DELETE", api),
        "GET shares": ("GET", f"{api}/shares"),
        "POST shares": ("POST", f"{api}/shares"),
        "PUT everyone": ("PUT", f"{api}/shares/everyone"),
        "GET share page": ("GET", f"{page}/share/"),
        "POST share page": ("POST", f"{page}/share/"),
        "POST name page": ("POST", f"{page}/name/"),
        "GET delete page": ("GET", f"{page}/delete/"),
        "POST delete library page": ("POST", f"{page}/delete/"),
    }
    body = {"name": "taken over", "who": "bob@example.org", "level": "write"}
    return {name: send(client, method, path, body).status_code for name, (method, path) in asked.items()}


@pytest.mark.parametrize(
    ("level", "closed"), [("", (*READS, *WRITES, *OWNS)), ("read", (*WRITES, *OWNS)), ("write", OWNS)]
)
def test_every_door_asks_for_the_right_it_needs(library, alice, bob, read, level, closed):
    document = read("leave.txt", "27 days")
    if level:
        sharing.share(alice, library, "bob@example.org", level)
    answers = doors(as_(bob), library, document)
    shut = {name for name in answers if name in closed}
    assert {name for name, status in answers.items() if status == 404} >= shut, answers
    still_open = {name for name in answers if name in (*READS, *WRITES, *OWNS) and name not in closed}
    assert not [name for name in still_open if answers[name] in (401, 403)]
    if level == "write":
        assert answers["DELETE document"] == 204
    else:
        assert Document.objects.filter(pk=document.pk).exists()
    assert Library.objects.get().name == "Handbook"


def test_a_key_opens_what_its_person_may_open(library, alice, bob, leave):
    client = with_key(bob)
    assert client.get("/api/libraries").json() == []
    sharing.share(alice, library, "bob@example.org", "read")
    [shown] = client.get("/api/libraries").json()
    assert (shown["right"], shown["owner"], shown["ready"]) == ("read", "alice", 1)
    assert client.get(f"/api/libraries/{library.pk}/documents").status_code == 200
    assert client.delete(f"/api/libraries/{library.pk}").status_code == 404
    library.shares.all().delete()
    assert client.get(f"/api/libraries/{library.pk}/documents").status_code == 404


def ask(person, library):
    return [found.document_name for found in async_to_sync(find_passages)("holidays expire", person, [library.pk])]


def test_a_shared_library_answers_and_an_unshared_one_does_not(library, alice, bob, leave):
    share = sharing.share(alice, library, "bob@example.org", "read")
    assert ask(bob, library) == ["leave.txt"]
    share.delete()
    with pytest.raises(RetrievalError):
        ask(bob, library)
    assert ask(alice, library) == ["leave.txt"]


def test_what_is_unshared_while_it_is_searched_is_not_given_out(library, alice, bob, leave, monkeypatch):
    share = sharing.share(alice, library, "bob@example.org", "read")
    ranked = judging.ranked

    def unshared_meanwhile(*given):
        share.delete()
        return ranked(*given)

    monkeypatch.setattr(judging, "ranked", unshared_meanwhile)
    assert ask(bob, library) == []


def test_an_assistant_answers_with_its_owners_rights(library, alice, bob, carol, leave):
    from chat.assistants import chosen
    from chat.models import Assistant
    from chat.retrieving import PersonsRetriever
    from providers.models import Connection, Model

    connection = Connection.objects.create(name="Lab", base_url="http://127.0.0.1:1/v1")
    Model.objects.create(connection=connection, name="qwen", public_id="qwen", for_everyone=True)
    assistant = Assistant.objects.create(owner=bob, name="Helper", base_model="qwen", for_everyone=True)
    assistant.libraries.add(library)
    share = sharing.share(alice, library, "bob@example.org", "read")

    def heard():
        [choice] = chosen(carol, [assistant.public_id])
        retriever = PersonsRetriever(carol, choice.grant)
        return async_to_sync(retriever.in_libraries)("holidays expire", choice.libraries([]))

    assert [found.document_name for found in heard()] == ["leave.txt"]
    assert rights(carol, library) == [], "the documents themselves stay closed"
    share.delete()
    assert heard() == []


def test_the_socket_takes_only_libraries_that_may_be_read(library, alice, bob):
    from chat.asking import CommandRejected, chosen_libraries

    with pytest.raises(CommandRejected):
        chosen_libraries(bob, [library.pk])
    sharing.share(alice, library, "bob@example.org", "read")
    assert chosen_libraries(bob, [library.pk]) == [library]


def test_alice_finds_people_while_she_types_and_shares_with_a_click(library, alice, bob, carol, team):
    client = as_(alice)
    address = f"/knowledge/{library.pk}/share/"
    part = client.get(address, {"q": "bo", "part": "found"}).content.decode()
    assert "bob@example.org" in part
    assert "carol" not in part
    assert "<html" not in part
    client.post(address, {"who": f"user:{bob.pk}", "level": "write"})
    assert rights(bob, library) == ["read", "write"]
    assert "bob@example.org" not in client.get(address, {"q": "bo", "part": "found"}).content.decode()
    page = client.post(address, {"everyone": "read"}, follow=True).content.decode()
    assert "bob@example.org" in page
    assert rights(carol, library) == ["read"]
    share = library.shares.get()
    gone = client.post(f"{address}{share.pk}/remove/", follow=True).content.decode()
    assert "bob cannot open this library any more." in gone
    client.post(address, {"everyone": ""})
    assert rights(bob, library) == rights(carol, library) == []


@pytest.mark.parametrize(
    "who", ["nobody@example.org", "user:999999", "user:x", "group:999999", "alice@example.org", ""]
)
def test_sharing_with_nobody_is_refused_with_a_sentence(library, alice, who):
    with pytest.raises(sharing.SharingRefused, match=r"\.$"):
        sharing.share(alice, library, who, "read")
    assert not library.shares.exists()


def test_groups_are_offered_to_their_members_alone(library, alice, team, root):
    assert sharing.candidates(alice, library, "works") == []
    with pytest.raises(sharing.SharingRefused):
        sharing.share(alice, library, f"group:{team.pk}", "read")
    alice.groups.add(team)
    assert [one.name for one in sharing.candidates(alice, library, "works")] == ["Works council"]


def test_where_anybody_may_sign_up_strangers_are_not_leafed_through(library, alice, bob, monkeypatch):
    monkeypatch.setattr(sharing, "conf", SimpleNamespace(signup="open"))
    assert sharing.candidates(alice, library, "bo") == []
    assert [one.about for one in sharing.candidates(alice, library, "bob@example.org")] == ["bob@example.org"]


def test_a_reader_sees_no_buttons_that_change_anything(library, alice, bob, leave):
    sharing.share(alice, library, "bob@example.org", "read")
    page = as_(bob).get(f"/knowledge/{library.pk}/").content.decode()
    assert "leave.txt" in page
    assert "you may read and ask" in page
    for closed in ("data-drop", "data-remove", "/share/", "/delete/"):
        assert closed not in page
    assert "Shared with you" in as_(bob).get("/knowledge/").content.decode()


def test_a_disabled_person_is_not_offered(library, alice, bob):
    bob.disable()
    assert sharing.candidates(alice, library, "bob") == []


def test_a_deleted_person_leaves_no_share_behind(library, alice, bob):
    sharing.share(alice, library, "bob@example.org", "read")
    User.objects.filter(pk=bob.pk).delete()
    assert not LibraryShare.objects.exists()
    assert Chunk.objects.count() == 0
