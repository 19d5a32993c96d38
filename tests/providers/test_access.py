"""The whitelist: alice may use what she was given, carol is a stranger, root administers."""

import contextlib
import itertools

import pytest
from django.contrib.auth.models import AnonymousUser, Group

from providers.access import ModelNotAllowed, aallowed_model, allowed_model, models_for, models_named
from providers.models import Connection, Model


@pytest.fixture
def connection(db):
    return Connection.objects.create(name="GPU box", base_url="http://gpu:8000/v1")


@pytest.fixture
def qwen(connection):
    return Model.objects.create(connection=connection, name="qwen", public_id="qwen")


def names(user) -> list[str]:
    return [model.public_id for model in models_for(user)]


def test_a_new_model_is_for_administrators_alone(qwen, alice, root):
    assert (names(alice), names(root)) == ([], ["qwen"])


def test_alice_may_and_carol_may_not(qwen, alice, carol):
    qwen.users.add(alice)
    assert (names(alice), names(carol)) == (["qwen"], [])
    assert allowed_model(alice, "qwen") == qwen
    with pytest.raises(ModelNotAllowed):
        allowed_model(carol, "qwen")


def test_the_right_and_the_connection_cost_one_query_mostly(qwen, alice, carol, root, django_assert_num_queries):
    qwen.users.add(alice)
    with django_assert_num_queries(1):
        assert allowed_model(root, "qwen").connection.name == "GPU box"
    with django_assert_num_queries(2):
        assert allowed_model(alice, "qwen").connection.name == "GPU box"
    Model.objects.update(for_everyone=True)
    with django_assert_num_queries(1):
        assert allowed_model(carol, "qwen").connection.name == "GPU box"


def test_a_group_counts_as_long_as_one_is_in_it(qwen, alice, carol):
    readers = Group.objects.create(name="readers")
    qwen.groups.add(readers)
    alice.groups.add(readers)
    assert (names(alice), names(carol)) == (["qwen"], [])
    alice.groups.clear()
    assert names(alice) == []


def test_everyone_means_everyone_who_is_signed_in_and_active(qwen, alice, carol):
    Model.objects.update(for_everyone=True)
    assert names(carol) == ["qwen"]
    assert names(AnonymousUser()) == []
    alice.is_active = False
    assert names(alice) == []


def test_a_person_with_every_kind_of_right_sees_the_model_once(qwen, alice):
    for name in ("a", "b"):
        group = Group.objects.create(name=name)
        alice.groups.add(group)
        qwen.groups.add(group)
    qwen.users.add(alice)
    Model.objects.update(for_everyone=True)
    assert names(alice) == ["qwen"]


@pytest.mark.parametrize(
    "change",
    [
        lambda model: Connection.objects.update(enabled=False),
        lambda model: Model.objects.update(present=False),
        lambda model: Model.objects.update(kind="embedding"),
        lambda model: Model.objects.update(kind="other"),
    ],
)
def test_what_cannot_answer_is_offered_to_nobody(qwen, alice, root, change):
    Model.objects.update(for_everyone=True)
    change(qwen)
    assert (names(alice), names(root)) == ([], [])


def test_unknown_and_forbidden_get_the_same_answer(qwen, alice):
    def refusal(public_id: str) -> str:
        with pytest.raises(ModelNotAllowed) as caught:
            allowed_model(alice, public_id)
        return str(caught.value).replace(public_id, "…")

    assert refusal("qwen") == refusal("no-such-model")


@pytest.mark.parametrize("close", ["QWEN", "qwen ", "qwe", "%", "qwen\x00"])
def test_ids_are_compared_exactly(qwen, root, close):
    with pytest.raises(ModelNotAllowed):
        allowed_model(root, close)


@pytest.mark.django_db(transaction=True)
async def test_the_async_twin_gives_a_model_with_its_connection(connection, root):
    await Model.objects.acreate(connection=connection, name="q", public_id="q")
    model = await aallowed_model(root, "q")
    assert model.connection.name == "GPU box"


@pytest.mark.django_db
def test_the_picker_and_the_door_say_the_same_of_everybody(alice, carol, root):
    readers = Group.objects.create(name="readers")
    alice.groups.add(readers)
    kinds = {"for_everyone": [True, False], "present": [True, False], "kind": ["chat", "embedding"]}
    for enabled in (True, False):
        connection = Connection.objects.create(name=f"box {enabled}", base_url="http://gpu/v1", enabled=enabled)
        for values in itertools.product(*kinds.values()):
            for given in ("nobody", "alice", "readers"):
                name = f"{enabled} {values} {given}"
                fields = dict(zip(kinds, values, strict=True))
                model = Model.objects.create(connection=connection, name=name, public_id=name, **fields)
                if given == "alice":
                    model.users.add(alice)
                if given == "readers":
                    model.groups.add(readers)
    disabled = type(alice).objects.create_user("gone@example.org", is_active=False)
    found = models_named(Model.objects.values_list("public_id", flat=True))
    for person in (alice, carol, root, disabled):
        open_doors = set()
        for name in Model.objects.values_list("public_id", flat=True):
            with contextlib.suppress(ModelNotAllowed):
                open_doors.add(allowed_model(person, name, found).public_id)
        assert open_doors == set(names(person))
    assert names(alice)
    assert not names(disabled)
