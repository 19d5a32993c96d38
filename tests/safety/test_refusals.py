"""Somebody who tries what is not theirs is in the log by number; signing out leaves nothing in the browser."""

import logging
import uuid

import pytest

from chat.models import Conversation

pytestmark = pytest.mark.django_db


def lines(caplog):
    return [record.getMessage() for record in caplog.records if record.name == "webui.refusals"]


def test_who_tries_ids_of_others_is_in_the_log_by_number_and_without_a_word(client, alice, bob, caplog):
    caplog.set_level(logging.INFO, "webui.refusals")
    chat = Conversation.objects.create(owner=alice, title="secret title")
    client.force_login(bob)
    client.get(f"/c/{chat.pk}/")
    client.get(f"/api/chats/{chat.pk}")
    client.get("/admin/people/")
    client.get("/s/a-token-that-opens-something/")
    said = lines(caplog)
    assert said[0] == f"person {bob.pk} was refused (404): GET /c/<uuid:chat_id>/ chat_id={chat.pk}"
    assert f"chat_id={chat.pk}" in said[1]
    assert said[2].startswith(f"person {bob.pk} was refused (404): GET /admin/people/")
    assert "a-token" not in " ".join(said)
    assert "secret title" not in caplog.text


def test_a_key_is_known_by_its_person(client, alice, caplog):
    from webui.accounts.models import ApiKey

    caplog.set_level(logging.INFO, "webui.refusals")
    _key, text = ApiKey.issue(alice)
    client.get(f"/api/chats/{uuid.UUID(int=1)}", headers={"Authorization": f"Bearer {text}"})
    assert lines(caplog)[0].startswith(f"person {alice.pk} was refused (404)")


def test_nothing_is_said_of_whom_nobody_knows(client, caplog):
    caplog.set_level(logging.INFO, "webui.refusals")
    client.get("/s/nothing/")
    client.get("/nowhere")
    assert lines(caplog) == []


def test_signing_out_empties_the_browsers_storage(client, alice):
    client.force_login(alice)
    assert "Clear-Site-Data" not in client.get("/account/")
    assert client.post("/accounts/logout/")["Clear-Site-Data"] == '"storage"'
