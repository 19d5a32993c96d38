"""The audit log: what is written by itself, what never is, and that nobody changes a line."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from tests.accounts.conftest import PASSWORD, browser_of, sign_in
from webui.accounts.models import ApiKey
from webui.audit import entries
from webui.audit.models import AppendOnly, Entry


def lines():
    return [(entry.actor, entry.action, entry.name) for entry in Entry.objects.order_by("pk")]


def last():
    return Entry.objects.first()


def test_alices_sign_in_failed_try_and_sign_out_are_written_with_her_address(alice):
    browser = Client(REMOTE_ADDR="203.0.113.9")
    sign_in(browser, alice.email, "a wrong password")
    sign_in(browser, alice.email)
    browser.post("/accounts/logout/")
    assert lines() == [
        ("", "sign-in failed", alice.email),
        (alice.email, "sign-in", alice.email),
        (alice.email, "sign-out", alice.email),
    ]
    assert {entry.address for entry in Entry.objects.all()} == {"203.0.113.9"}
    assert Entry.objects.get(action="sign-in").after == {"with": ["password"]}


def test_what_is_typed_into_the_wrong_field_is_not_written(client, db):
    sign_in(client, "my-secret-password@example.org", "whatever else")
    assert lines() == [("", "sign-in failed", "")]
    assert "secret" not in str(Entry.objects.values())


def test_a_sign_in_that_is_not_looked_at_any_more_is_written_so(client, alice):
    for _ in range(6):
        sign_in(client, alice.email, "a wrong password")
    assert last().action == "sign-in throttled"


def test_disabling_somebody_says_what_was_and_what_is(root, alice):
    browser_of(root).post(f"/admin/people/{alice.pk}/disable/")
    entry = Entry.objects.get(action="changed")
    assert (entry.actor, entry.kind, entry.name) == (root.email, "user", alice.email)
    assert entry.before["is_active"] is True
    assert entry.after["is_active"] is False


def test_a_secret_is_never_written_only_that_there_is_one(root):
    office = browser_of(root)
    body = {"kind": "openai", "name": "Lab", "base_url": "http://127.0.0.1:1/v1", "key": "sk-very-secret", "save": "1"}
    office.post("/admin/connections/", body)
    office.post("/admin/connections/new/", body)
    from providers.models import Connection
    from webui.crypto import encrypt

    with entries.context.request_context(_request_of(root)):
        row = Connection.objects.create(name="House", base_url="http://127.0.0.1:1/v1", encrypted_key=encrypt("sk-one"))
        row.encrypted_key = encrypt("sk-two")
        row.save()
    changed = last()
    assert (changed.before, changed.after) == ({"encrypted_key": "••••••"}, {"encrypted_key": "•••••• new"})
    everything = str(list(Entry.objects.values()))
    assert "sk-" not in everything
    assert row.encrypted_key not in everything


def _request_of(person):
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    request.user = person
    return request


def test_groups_and_their_members_are_written(root, alice):
    office = browser_of(root)
    office.post("/admin/groups/", {"name": "Editors"})
    group = Group.objects.get()
    office.post(f"/admin/groups/{group.pk}/", {"add_people": alice.email, "add": "1"})
    said = lines()
    assert (root.email, "created", "Editors") in said
    assert Entry.objects.get(action="members changed").after == {"added": [alice.email]}


def test_alices_new_key_and_its_end_are_written_without_its_digest(alice):
    own = browser_of(alice)
    own.post("/account/keys/", {"name": "script", "days": 30, "scopes": ["api"]})
    key = ApiKey.objects.get()
    own.post(f"/account/keys/{key.pk}/revocation/")
    assert [(action, name) for _who, action, name in lines()] == [("created", "script"), ("deleted", "script")]
    assert key.digest not in str(list(Entry.objects.values()))


def test_the_whitelists_table_is_written(root):
    from providers.models import Connection, Model

    group = Group.objects.create(name="Editors")
    server = Connection.objects.create(name="Lab", base_url="http://127.0.0.1:1/v1")
    model = Model.objects.create(connection=server, name="qwen", public_id="qwen")
    browser_of(root).post("/admin/access/change/", {"changes": f"[[{model.pk},{group.pk},true]]", "save": "1"})
    assert last().after == {"added": ["Editors: qwen"]}


def test_what_is_only_tried_leaves_no_line(root):
    from providers.models import Connection, Model

    server = Connection.objects.create(name="Lab", base_url="http://127.0.0.1:1/v1")
    model = Model.objects.create(connection=server, name="qwen", public_id="qwen")
    browser_of(root).post("/admin/access/change/", {"changes": f"[[{model.pk},0,true]]"})
    assert lines() == []


def test_no_line_is_changed_or_deleted_not_even_in_sql(root):
    entries.record("sign-in", root, by=root)
    entry = last()
    for wrong in (entry.save, entry.delete, lambda: Entry.objects.update(actor="x"), Entry.objects.all().delete):
        with pytest.raises(AppendOnly):
            wrong()
    with pytest.raises(DatabaseError, match="not changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'x'")


def test_lines_past_their_time_are_forgotten(root, monkeypatch):
    entries.record("sign-in", root, by=root)
    later = timezone.now() + timedelta(days=400)
    monkeypatch.setattr(entries.timezone, "now", lambda: later)
    monkeypatch.setattr(entries, "_looked", -entries.FORGET_EVERY)
    entries.forget_old()
    assert lines() == []


def test_the_page_filters_and_the_file_holds_the_same(root, alice):
    sign_in(Client(), alice.email)
    sign_in(Client(), alice.email, "a wrong password")
    office = browser_of(root)
    page = office.get("/admin/audit/", {"action": "sign-in failed"})
    assert [line.entry.action for line in page.context["lines"]] == ["sign-in failed"]
    assert len(office.get("/admin/audit/", {"q": "ALICE"}).context["lines"]) == 2
    assert len(office.get("/admin/audit/", {"from": "2999-01-01"}).context["lines"]) == 0
    assert office.get("/admin/audit/", {"from": "nonsense", "page": "x"}).status_code == 200
    file = b"".join(office.get("/admin/audit/csv/", {"kind": "user"}).streaming_content).decode()
    assert file.count("alice@example.org") >= 2
    assert last().action == "exported"


def test_a_name_like_a_formula_stays_a_text_in_the_file(root):
    entries.record("created", name="=1+1", by=root)
    file = b"".join(browser_of(root).get("/admin/audit/csv/").streaming_content).decode()
    assert "'=1+1" in file


def test_a_chat_is_made_and_answered_without_a_line(alice):
    from chat.models import Conversation, Message

    browser_of(alice).post("/api/chats", {"title": "x"}, content_type="application/json")
    chat = Conversation.objects.create(owner=alice)
    Message.objects.create(conversation=chat, role="user", text="hello")
    assert lines() == []


@pytest.mark.parametrize(
    ("forwarded", "peer", "address"),
    [
        ("198.51.100.7", "203.0.113.1", "203.0.113.1"),  # from a stranger: not believed
        ("198.51.100.7", "10.0.0.2", "198.51.100.7"),
        ("1.2.3.4, 198.51.100.7", "10.0.0.2", "198.51.100.7"),  # what the client wrote itself is to the left
        ("198.51.100.7, 10.0.0.9", "10.0.0.2", "198.51.100.7"),
        ("nonsense", "10.0.0.2", "10.0.0.2"),
        ("2001:db8::7", "::ffff:10.0.0.2", "2001:db8::7"),
    ],
)
def test_the_address_behind_a_named_proxy_is_the_clients_own(alice, monkeypatch, forwarded, peer, address):
    from webui import proxies
    from webui.conf import conf

    monkeypatch.setattr(proxies, "conf", conf.model_copy(update={"trusted_proxies": ("10.0.0.0/8",)}))
    Client(REMOTE_ADDR=peer).post(
        "/accounts/login/", {"login": alice.email, "password": PASSWORD}, headers={"X-Forwarded-For": forwarded}
    )
    assert last().address == address
