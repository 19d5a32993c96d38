"""What becomes of an examination: a card in the row, changes that are announced, nights, remedies, and the pages."""

import dataclasses
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from providers import catalog, stock
from providers.doctor import quiet, rounds
from providers.doctor.remedies import remedy_for
from providers.models import Connection, Model
from tests.servers.ollama_server import OllamaServer
from tests.servers.products import LISTLESS, SWIFT, VLLM, ProductServer

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 1, 1, 3).astimezone()
NOON = datetime(2026, 1, 1, 12).astimezone()


@pytest.fixture
def vllm():
    with ProductServer(VLLM) as server:
        yield server


@pytest.fixture
def lab(vllm):
    connection = Connection.objects.create(name="Lab", base_url=f"{vllm.address}/v1")
    catalog.discover(connection)
    return connection


def old(connection):
    Connection.objects.filter(pk=connection.pk).update(created_at=timezone.now() - timedelta(days=2))


def test_an_examination_leaves_a_card_and_tells_what_models_can_do(lab):
    assert rounds.run(lab) == ""
    lab.refresh_from_db()
    assert (lab.card["product"], lab.card["window"], lab.card["changes"]) == ("vLLM", 5108, [])
    assert lab.card_at is not None
    assert Model.objects.get().abilities == set(), "neither tools nor images"
    catalog.discover(lab)
    assert Model.objects.get().abilities == set(), "and the next look does not forget it"


def test_what_changed_is_announced_until_it_is_read(lab, vllm, client, root):
    rounds.run(lab)
    vllm.refusals = []
    vllm.product = dataclasses.replace(VLLM, routes={"/version": {"version": "0.12.0"}}, sees=True)
    lab.refresh_from_db()
    rounds.run(lab)
    lab.refresh_from_db()
    changes = {(one["fact"], one["before"], one["after"]) for one in lab.card["changes"]}
    assert changes >= {("version", "0.11.2", "0.12.0"), ("tools", "no", "yes"), ("vision", "no", "yes")}
    assert Model.objects.get().abilities == {"tools", "vision"}
    client.force_login(root)
    assert "See what changed" in client.get("/admin/").content.decode()
    page = client.get(f"/admin/connections/{lab.pk}/").content.decode()
    assert "0.11.2 → 0.12.0" in page
    client.post(f"/admin/connections/{lab.pk}/doctor/seen/")
    assert "See what changed" not in client.get("/admin/").content.decode()


def test_another_version_has_to_be_learnt_anew(lab, vllm):
    rounds.run(lab)
    Connection.objects.update(learnt={"org/Qwen3-8B": {"leave_out": ["min_p"]}})
    vllm.product = dataclasses.replace(VLLM, routes={"/version": {"version": "0.12.0"}})
    lab.refresh_from_db()
    rounds.run(lab)
    lab.refresh_from_db()
    assert lab.learnt == {}


def test_the_worker_examines_at_night_and_once(lab, vllm):
    assert rounds.sweep(NIGHT) == 0, "who has just added it looks for himself"
    old(lab)
    assert rounds.sweep(NOON) == 0
    assert rounds.sweep(NIGHT) == 1
    assert rounds.sweep(NIGHT) == 0
    lab.refresh_from_db()
    assert lab.card["product"] == "vLLM"


def test_nobody_is_examined_while_an_answer_is_written(lab, vllm, root):
    from chat.models import Conversation, Message

    old(lab)
    chat = Conversation.objects.create(owner=root)
    Message.objects.create(conversation=chat, role="assistant", model=Model.objects.get(), state=Message.State.RUNNING)
    assert quiet.is_busy(lab)
    assert rounds.sweep(NIGHT) == 0
    assert not vllm.asked
    Message.objects.update(state=Message.State.COMPLETE)
    assert not quiet.is_busy(lab)


def test_a_wrong_key_is_trouble_though_the_list_is_open(client, root):
    with ProductServer(SWIFT, key="right") as server:
        connection = Connection(name="SWIFT", base_url=f"{server.address}/v1")
        connection.api_key = "wrong"
        connection.save()
        assert catalog.discover(connection).problem == ""
        assert rounds.run(connection) == "unauthorized"
        connection.refresh_from_db()
        assert "refused the key" in catalog.discover(connection).problem
        client.force_login(root)
        fields = {"name": "SWIFT", "base_url": connection.base_url, "enabled": "on", "key": "right"}
        client.post(f"/admin/connections/{connection.pk}/", fields)
        connection.refresh_from_db()
    assert connection.problem_code == ""


def test_a_server_that_tells_no_models_is_examined_by_the_names_that_were_typed(root):
    with ProductServer(LISTLESS) as server:
        connection = Connection.objects.create(name="listless", base_url=f"{server.address}/v1")
        assert "does not tell its models" in catalog.discover(connection).problem
        assert rounds.run(connection) == "no_list", "nobody has typed a name"
        typed = stock.add_by_hand(connection, "sonar-pro")
        Model.objects.create(connection=connection, name="vectors", public_id="v", kind="embedding", by_hand=True)
        assert rounds.run(connection) == ""
    connection.refresh_from_db()
    typed.refresh_from_db()
    assert {name: connection.card.get(name) for name in LISTLESS.card} == LISTLESS.card
    assert (typed.abilities, typed.kind, connection.problem_code) == ({"tools"}, "chat", "")
    assert Model.objects.get(name="vectors").kind == "embedding"


@pytest.mark.parametrize(
    ("wrong", "code", "differs"),
    [
        ("https://{host}/v1", "tls", "scheme"),
        ("http://{host}/api/v3", "wrong_path", "path"),
        ("http://127.0.0.1:9/v1", "unreachable", "port"),
    ],
)
async def test_the_usual_mistakes_have_a_remedy(vllm, monkeypatch, wrong, code, differs):
    monkeypatch.setattr("providers.neighbours.USUAL_PORTS", {vllm.port: "openai"})
    url = wrong.format(host=f"127.0.0.1:{vllm.port}")
    remedy = await remedy_for(url, code)
    assert (remedy.differs, remedy.base_url, remedy.product) == (differs, f"{vllm.address}/v1", "vLLM")
    assert remedy.base_url in remedy.sentence


async def test_a_service_far_away_is_not_tried_without_https():
    assert await remedy_for("https://api.example.invalid/v1", "tls") is None


def test_the_page_begins_an_examination_and_shows_how_far_it_is(lab, client, root, monkeypatch):
    begun = []
    monkeypatch.setattr(rounds, "begin", begun.append)
    client.force_login(root)
    client.post(f"/admin/connections/{lab.pk}/doctor/")
    assert begun == [lab]
    monkeypatch.setattr(rounds, "progress", lambda pk: {"step": "vision", "model": "qwen", "done": 4, "of": 6})
    part = client.get(f"/admin/connections/{lab.pk}/doctor/").content.decode()
    assert "Showing it a tiny image" in part
    assert "data-part" in part


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("gpu:8001", "http://gpu:8001/v1"),
        ("gpu:11434", "asked at http://gpu:11434 and"),
        ("api.openai.com/v1/chat/completions", "https://api.openai.com/v1"),
        ("curl http://gpu:8000/v1/models -H 'x: y'", "http://gpu:8000/v1"),
        ("ftp://gpu", "Only addresses that begin with http"),
    ],
)
def test_the_final_address_is_told_while_it_is_typed(client, root, typed, said):
    client.force_login(root)
    answer = client.get("/admin/connections/address/", {"text": typed}).json()
    assert said in answer["text"]


def test_headers_and_prefix_are_kept_and_the_values_never_shown(client, root, vllm):
    client.force_login(root)
    given = {"address": vllm.address, "put_before": "lab/", "headers": "X-Team: top secret"}
    page = client.post("/admin/connections/add/", given, follow=True).content.decode()
    connection = Connection.objects.get()
    assert connection.headers == {"X-Team": "top secret"}
    assert "top secret" not in page + connection.encrypted_headers
    assert "X-Team" in page
    assert Model.objects.get().public_id == "lab/org/Qwen3-8B"
    assert vllm.requests[-1].headers["x-team"] == "top secret"
    fields = {"name": "Lab", "base_url": connection.base_url, "enabled": "on"}
    with OllamaServer() as other:
        moved = client.post(f"/admin/connections/{connection.pk}/", fields | {"base_url": other.address})
        assert "enter this again" in moved.content.decode()
        assert not other.requests
