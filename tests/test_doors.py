"""Every address there is, tried with alice's ids by bob, by bob's key and by nobody: none opens, nothing changes.

A new route with a new kind of id fails here until it is named in `ids_of`.
"""

import json
import re
import uuid

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

pytestmark = pytest.mark.django_db

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
BODY = {
    "name": "taken over",
    "title": "taken over",
    "query": "limit",
    "active": 1,
    "who": "bob@example.org",
    "level": "read",
    "text": "taken over",
    "value": "up",
}
# Not an object of a person: a one-time secret, or a page of Django's own administration.
SECRETS = (
    "setup/",
    "invitation/",
    "accounts/confirm-email/",
    "s/",
    "pictures/",
    "accounts/password/reset/key/",
    "^accounts/password/reset/key/",
)
DJANGO_ADMIN = "admin/django/"


def routes():
    """(address pattern, its parameter names) of everything the site answers."""

    def walk(patterns, prefix):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield route, tuple(pattern.pattern.regex.groupindex)
            else:
                yield from walk(pattern.url_patterns, route)

    return sorted(set(walk(get_resolver().url_patterns, "")))


def personal_routes():
    return [route for route, names in routes() if names and not route.startswith((*SECRETS, DJANGO_ADMIN))]


def panel_routes():
    own = [route for route, _names in routes() if route.startswith("admin/") and not route.startswith(DJANGO_ADMIN)]
    return [*own, DJANGO_ADMIN]


def ids_of(world):
    return {
        "chat_id": world["chat"].pk,
        "message_id": world["message"].pk,
        "library_id": world["library"].pk,
        "document_id": world["document"].pk,
        "attachment_id": world["attachment"].pk,
        "connection_id": world["connection"].pk,
        "model_id": world["model"].pk,
        "engine_id": 1,
        "pk": world["alice"].pk,
        "decision": "disable",
        "job_id": uuid.UUID(int=1),
        "run_id": uuid.UUID(int=1),
        "digest": f"sha256:{'0' * 64}",
        "rest": "api/nothing",
        "assistant_id": world["assistant"].pk,
        "group_id": world["group"].pk,
        "share_id": world["share"].pk,
        "chunk_id": world["chunk"].pk,
        "job_number": world["job"].pk,
        "number": 1,
        "generation_number": 1,
        "action": "drop",
        "question_id": world["question"].pk,
        "folder_id": world["folder"].pk,
        "link_id": world["link"].pk,
        "banner_id": 1,
        "prompt_id": world["prompt"].pk,
        "version_id": world["version"].pk,
        "memory_id": 1,
        "finding_id": 1,
        "duel_id": uuid.UUID(int=1),
        "note_id": uuid.UUID(int=1),
        "comparison_id": uuid.UUID(int=1),
        "import_id": uuid.UUID(int=1),
        "provider_id": 999998,  # as long as the one that is missing: the page names its own address
        "identity_id": 1,
        "session_number": 1,
        "invitation_id": 1,
        "hook_id": 1,
        "server_id": uuid.UUID(int=1),
        "tool_id": 1,
    }


def address(route, world):
    ids = ids_of(world)
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(ids[match[1]]), route)


@pytest.fixture
def world(alice):
    from django.contrib.auth.models import Group

    from chat.models import Assistant, Attachment, Conversation, Folder, Message, Picture, Prompt, ShareLink, Source
    from knowledge.models import Chunk, Document, GoldenQuestion, IntakeJob, Library, LibraryShare
    from providers.models import Connection, Model
    from webui.accounts.models import ApiKey

    library = Library.objects.create(owner=alice, name="Alice's library")
    document = Document.objects.create(library=library, name="plan.txt", status="ready", sha256="0" * 64)
    chunk = Chunk.objects.create(document=document, ordinal=0, text="the secret limit")
    job = IntakeJob.objects.create(library=library, user=alice, kind="archive", name="Alice's.zip")
    question = GoldenQuestion.objects.create(library=library, text="limit?", expected=[])
    chat = Conversation.objects.create(owner=alice, title="Alice's chat")
    message = Message.objects.create(conversation=chat, role="assistant", text="secret")
    Source.objects.create(message=message, n=1, title="plan.txt", text="the secret limit", document=document)
    chat.show(message)
    link = ShareLink.objects.create(conversation=chat, leaf=message)
    attachment = Attachment.objects.create(owner=alice, name="plan.png", kind="image", size=1, state="ready")
    attachment.messages.add(message)
    connection = Connection.objects.create(name="Lab", base_url="http://127.0.0.1:1/v1")
    model = Model.objects.create(connection=connection, name="qwen", public_id="qwen")
    ApiKey.issue(alice, "hers")
    assistant = Assistant.objects.create(owner=alice, name="Alice's helper", base_model="qwen", system="secret")
    Picture.objects.create(assistant=assistant, data=b"secret")
    folder = Folder.objects.create(owner=alice, name="Alice's folder", prompt="secret")
    prompt = Prompt.objects.create(owner=alice, command="hers", name="Alice's prompt", text="secret")
    version = prompt.versions.create(name="Alice's prompt", text="secret", by=alice, written_at=prompt.created_at)
    group = Group.objects.create(name="Alice's team")
    share = LibraryShare.objects.create(library=library, group=group)
    return {
        "alice": alice,
        "library": library,
        "document": document,
        "chat": chat,
        "message": message,
        "attachment": attachment,
        "connection": connection,
        "model": model,
        "assistant": assistant,
        "group": group,
        "share": share,
        "chunk": chunk,
        "job": job,
        "question": question,
        "folder": folder,
        "link": link,
        "prompt": prompt,
        "version": version,
    }


def everything():
    """All rows of all tables that belong to people, to be compared."""
    from django.apps import apps

    labels = ("accounts", "providers", "knowledge", "chat")
    models = [model for model in apps.get_models() if model._meta.app_label in labels]
    noted = {"last_used_at", "last_login"}  # a look through one's own door is noted there
    return {
        model._meta.label: sorted(
            repr([value for name, value in row.items() if name not in noted]) for row in model._base_manager.values()
        )
        for model in models
    }


def doors(bob):
    from webui.accounts.models import ApiKey

    signed_in = Client()
    signed_in.force_login(bob)
    _key, text = ApiKey.issue(bob, "his")
    return {
        "session": (signed_in, {}),
        "key": (Client(), {"Authorization": f"Bearer {text}"}),
        "nobody": (Client(), {}),
    }


def test_there_are_personal_routes_of_each_kind():
    found = personal_routes()
    for beginning in (
        "api/chats/",
        "api/libraries/",
        "api/documents/",
        "knowledge/",
        "c/",
        "admin/people/",
        "account/",
    ):
        assert any(route.startswith(beginning) for route in found), beginning


@pytest.mark.parametrize("route", personal_routes())
def test_bob_and_nobody_find_nothing_behind_alices_ids(world, bob, route):
    tried = doors(bob)
    before = everything()
    path = address(route, world)
    for name, (client, headers) in tried.items():
        for method in METHODS:
            answer = client.generic(method, path, json.dumps(BODY), content_type="application/json", headers=headers)
            refused = {404, 405} if name == "session" else {302, 401, 403, 404, 405}
            assert answer.status_code in refused, f"{name}: {method} {path} answered {answer.status_code}"
            if answer.status_code == 302:
                assert answer["Location"].startswith("/accounts/login/")
            assert b"secret" not in answer.content
            assert b"Alice's" not in answer.content
    assert everything() == before


@pytest.mark.parametrize("route", [route for route in personal_routes() if "admin/" not in route])
def test_a_foreign_id_is_answered_like_one_that_does_not_exist(world, bob, route):
    client, _headers = doors(bob)["session"]
    foreign = client.get(address(route, world))
    nowhere = re.sub(r"[0-9a-f-]{36}", str(uuid.uuid4()), address(route, world))
    missing = client.get(re.sub(r"/\d+/", "/999999/", nowhere))
    assert foreign.status_code == missing.status_code
    assert len(foreign.content) == len(missing.content)


def test_alices_own_ids_open(world):
    """The walk above tries addresses that are really there."""
    client = Client()
    client.force_login(world["alice"])
    readable = [
        f"/api/chats/{world['chat'].pk}",
        f"/api/chats/{world['chat'].pk}/export",
        f"/api/chats/{world['chat'].pk}/find?q=secret",
        f"/c/{world['chat'].pk}/print/",
        f"/api/libraries/{world['library'].pk}/documents",
        f"/api/documents/{world['document'].pk}/passages",
        f"/knowledge/{world['library'].pk}/",
        f"/c/{world['chat'].pk}/",
        f"/assistants/{world['assistant'].pk}/",
        f"/assistants/{world['assistant'].pk}/picture",
    ]
    for path in readable:
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize("route", panel_routes())
def test_the_administration_does_not_exist_for_ordinary_people(world, bob, route):
    path = "/" + DJANGO_ADMIN if DJANGO_ADMIN in route else address(route, world)
    client, _headers = doors(bob)["session"]
    expected = {302, 404, 405} if DJANGO_ADMIN in route else {404, 405}
    for method in METHODS:
        assert client.generic(method, path).status_code in expected, f"{method} {path}"


def test_every_page_wants_a_sign_in_or_is_on_the_public_list(world):
    """A new address without a parameter is private, or it is named here."""
    public = (
        "healthz",
        "readyz",
        "manifest.webmanifest",
        "sw.js",
        "offline/",
        "accounts/",
        "i18n/setlang/",
        "jsi18n",
        "static/",
        "api/openapi.json",
        "api/docs",
        "api/",
        "v1/",
        "admin/django/",
        "setup/",
    )
    for route, names in routes():
        if names or route.startswith("^") or (route.startswith(public) and route not in PRIVATE_API):
            continue
        answer = Client().get("/" + route)
        assert answer.status_code in (302, 401, 403, 404, 405), f"/{route} answered {answer.status_code}"


PRIVATE_API = frozenset(
    [
        "api/models",
        "api/chats",
        "api/chats/search",
        "api/chats/import",
        "api/chats/exported",
        "api/folders",
        "api/shares",
        "api/libraries",
        "v1/models",
        "v1/embeddings",
    ]
)
