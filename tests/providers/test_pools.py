"""Several hosts, one model: who leads, who answers, and what happens when a host goes."""

from contextlib import aclosing

import pytest
from asgiref.sync import sync_to_async

from providers import catalog, elsewhere, pools
from providers.access import models_for
from providers.clients import close_all, place_for, provider_for, running_on
from providers.models import Connection, Model
from tests.providers.answers import answer_of, question
from tests.servers.openai_server import OpenAIServer
from webui.conf import conf

pytestmark = pytest.mark.django_db


@pytest.fixture
def hosts():
    """Two connected machines of one pool, both with the model qwen, the second with phi besides."""
    with OpenAIServer() as one, OpenAIServer(models=[{"id": "qwen"}, {"id": "phi"}]) as two:
        first = Connection.objects.create(name="one", base_url=one.base_url)
        second = Connection.objects.create(name="two", base_url=two.base_url)
        catalog.discover(first)  # one after the other: who is there first has the plain names
        catalog.discover(second)
        pools.join(second, first)
        first.refresh_from_db()
        second.refresh_from_db()
        pools.read(running_on)
        yield first, second
        one.release.set()
        two.release.set()


@pytest.fixture
async def tidy():
    yield
    await close_all()


def picker(user) -> list[str]:
    return sorted(model.public_id for model in models_for(user))


def qwen() -> Model:
    return Model.objects.select_related("connection").get(public_id="qwen")


def test_a_model_of_two_hosts_is_one_to_people(hosts, root):
    assert picker(root) == ["phi", "qwen"]
    assert {host.connection.name for host in pools.hosts_of(qwen(), running_on)} == {"one", "two"}


def test_apart_again_each_stands_for_itself(hosts, root):
    pools.join(hosts[1], None)
    assert not Connection.objects.exclude(pool="").exists(), "a pool of one is none"
    assert picker(root) == ["phi", "qwen", "qwen@two"]


def test_a_host_that_is_down_is_left_out_and_its_models_move(hosts, root, alice):
    qwen().users.add(alice)
    first, _second = hosts
    first.base_url = "http://127.0.0.1:9/v1"
    first.save()
    catalog.discover(first)
    assert picker(root) == ["phi", "qwen"]
    assert (qwen().connection.name, picker(alice)) == ("two", ["qwen"]), "with the rights it had"
    pools.read(running_on)
    assert {host.connection.name for host in pools.hosts_of(qwen(), running_on)} == {"two"}


def test_a_host_that_is_deleted_leaves_its_models_to_the_others(hosts, alice, client, root):
    qwen().users.add(alice)
    client.force_login(root)
    client.post(f"/admin/connections/{hosts[0].pk}/delete/")
    assert (qwen().connection.name, picker(alice)) == ("two", ["qwen"])
    assert Model.objects.count() == 2


async def test_the_host_with_the_least_to_do_answers(transactional_db, tidy, hosts, settings):
    leader = await Model.objects.select_related("connection").aget(public_id="qwen")
    busy = pools.hosts_of(leader, running_on)[0]
    async with aclosing(provider_for(busy).stream(question())) as pieces:
        await anext(pieces)
        for _ in range(5):
            assert place_for(leader).connection_id != busy.connection_id


async def test_what_another_process_has_under_way_counts_too(transactional_db, tidy, hosts, monkeypatch):
    leader = await Model.objects.select_related("connection").aget(public_id="qwen")
    first, second = hosts
    monkeypatch.setattr(elsewhere, "_me", "another process")
    await sync_to_async(pools.read)({first.pk: 3, second.pk: 0}.get)
    monkeypatch.undo()
    await sync_to_async(pools.read)(running_on)
    assert {place_for(leader).connection_id for _ in range(8)} == {second.pk}


def test_a_process_that_fell_silent_is_not_counted_any_more(hosts, monkeypatch):
    first, second = hosts
    monkeypatch.setattr(elsewhere, "_me", "another process")
    elsewhere.exchange({first.pk: 3, second.pk: 0})
    monkeypatch.undo()
    assert elsewhere.exchange({first.pk: 0, second.pk: 0}) == {first.pk: 3, second.pk: 0}
    monkeypatch.setattr(elsewhere, "HOLDS_FOR", 0.0)
    assert elsewhere.exchange({first.pk: 0, second.pk: 0}) == {first.pk: 0, second.pk: 0}


async def test_a_host_that_just_failed_is_not_asked_again_at_once(transactional_db, tidy, hosts):
    leader = await Model.objects.select_related("connection").aget(public_id="qwen")
    broken = pools.hosts_of(leader, running_on)[0]
    provider_for(broken).base_url = "http://127.0.0.1:9/v1"
    assert (await answer_of(provider_for(broken))).error.code == "unreachable"
    assert {place_for(leader).connection_id for _ in range(8)} == {pools.hosts_of(leader, running_on)[1].connection_id}


def test_a_model_that_shares_with_nobody_is_its_own_place(django_assert_num_queries):
    connection = Connection.objects.create(name="alone", base_url="http://127.0.0.1:9/v1")
    model = Model.objects.create(connection=connection, name="qwen", public_id="qwen")
    with django_assert_num_queries(0):
        assert place_for(model) is model


def test_several_ollamas_of_the_environment_share(monkeypatch):
    urls = ("http://127.0.0.1:9", "http://127.0.0.1:10")
    monkeypatch.setattr(catalog, "conf", conf.model_copy(update={"ollama_base_urls": urls}))
    catalog.connect_from_environment()
    assert {connection.pool for connection in Connection.objects.all()} == {"environment"}
