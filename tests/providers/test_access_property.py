"""Whatever the rights: what the administration shows of a person is what that person's session and key really get."""

import contextlib

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.assistants import chosen
from chat.models import Assistant
from providers import rights
from providers.access import ModelNotAllowed, models_for, people_of
from providers.models import Connection, Model
from providers.reasons import why
from providers.rehearsal import rehearse
from providers.rights import EVERYONE, Change
from webui.accounts.models import ApiKey, User
from webui.panel.see_as import view_of

pytestmark = pytest.mark.django_db

PEOPLE, GROUPS, MODELS = range(4), range(3), range(4)
MODEL = st.fixed_dictionaries(
    {
        "for_everyone": st.booleans(),
        "hidden": st.booleans(),
        "present": st.sampled_from([True, True, True, False]),
        "kind": st.sampled_from(["chat", "chat", "chat", "embedding"]),
        "users": st.sets(st.sampled_from(PEOPLE)),
        "groups": st.sets(st.sampled_from(GROUPS)),
        "enabled": st.sampled_from([True, True, True, False]),
        "replica": st.sampled_from([False, False, False, True]),
    }
)
PERSON = st.fixed_dictionaries(
    {
        "groups": st.sets(st.sampled_from(GROUPS)),
        "is_superuser": st.sampled_from([False, False, False, True]),
        "is_active": st.sampled_from([True, True, True, False]),
    }
)
ASSISTANT = st.fixed_dictionaries(
    {
        "owner": st.sampled_from(PEOPLE),
        "model": st.sampled_from(MODELS),
        "for_everyone": st.booleans(),
        "users": st.sets(st.sampled_from(PEOPLE)),
        "groups": st.sets(st.sampled_from(GROUPS)),
    }
)
CHANGE = st.tuples(st.sampled_from(MODELS), st.sampled_from([None, *GROUPS]), st.booleans())
WORLD = st.fixed_dictionaries(
    {
        "models": st.lists(MODEL, min_size=4, max_size=4),
        "people": st.lists(PERSON, min_size=4, max_size=4),
        "assistants": st.lists(ASSISTANT, max_size=3),
        "changes": st.lists(CHANGE, max_size=4),
    }
)


class World:
    def __init__(self, plan):
        self.groups = [Group.objects.create(name=f"g{n}") for n in GROUPS]
        self.people = [User.objects.create_user(f"p{n}@example.org") for n in PEOPLE]
        for person, wanted in zip(self.people, plan["people"], strict=True):
            person.groups.set(self.groups[n] for n in wanted["groups"])
            person.is_superuser, person.is_active = wanted["is_superuser"], wanted["is_active"]
            person.save()
        boxes = {
            on: Connection.objects.create(name=f"{on}", base_url="http://x/v1", enabled=on) for on in (True, False)
        }
        self.models = []
        for n, wanted in enumerate(plan["models"]):
            fields = {name: wanted[name] for name in ("for_everyone", "hidden", "present", "kind")}
            behind = self.models[0] if wanted["replica"] and self.models else None
            model = Model.objects.create(
                connection=boxes[wanted["enabled"]], name=f"m{n}", public_id=f"m{n}", replica_of=behind, **fields
            )
            model.users.set(self.people[n] for n in wanted["users"])
            model.groups.set(self.groups[n] for n in wanted["groups"])
            self.models.append(model)
        for n, wanted in enumerate(plan["assistants"]):
            base = self.models[wanted["model"]].public_id
            owner, everyone = self.people[wanted["owner"]], wanted["for_everyone"]
            made = Assistant.objects.create(owner=owner, name=f"a{n}", base_model=base, for_everyone=everyone)
            made.users.set(self.people[n] for n in wanted["users"])
            made.groups.set(self.groups[n] for n in wanted["groups"])

    def ids(self):
        return [model.public_id for model in self.models] + [one.public_id for one in Assistant.objects.all()]

    def usable(self):
        return {person.pk: set(models_for(person).values_list("pk", flat=True)) for person in self.people}


@contextlib.contextmanager
def world_of(plan):
    """A world that is gone afterwards: hypothesis makes many in one test."""
    with transaction.atomic():
        yield World(plan)
        transaction.set_rollback(True)


EXAMPLES = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@EXAMPLES
@given(plan=WORLD)
def test_what_is_shown_of_a_person_is_what_every_door_opens(plan):
    with world_of(plan) as world:
        for person in world.people:
            seen = view_of(person)
            opened = set()
            for public_id in world.ids():
                with contextlib.suppress(ModelNotAllowed):
                    opened.add(chosen(person, [public_id])[0].public_id)
            named = {one.name for one in seen.models} | {f"assistant:{one.pk}" for one in seen.assistants}
            assert named == opened
            assert set(seen.listed) == opened - {model.public_id for model in world.models if model.hidden}


@settings(EXAMPLES, max_examples=3)
@given(plan=WORLD)
def test_the_lists_of_session_and_key_are_those_shown(plan):
    with world_of(plan) as world:
        for person in world.people:
            if person.is_active:
                listed = set(view_of(person).listed)
                assert listed_by(person) == (listed, listed)


def listed_by(person):
    """What /api gives the person's session and /v1 a key of theirs."""
    session = Client()
    session.force_login(person)
    _key, text = ApiKey.issue(person, "test")
    answer = Client().get("/v1/models", headers={"Authorization": f"Bearer {text}"}).json()
    embedding = set(Model.objects.filter(kind="embedding").values_list("public_id", flat=True))
    return {one["id"] for one in session.get("/api/models").json()}, {
        one["id"] for one in answer["data"] if one["id"] not in embedding
    }


@EXAMPLES
@given(plan=WORLD)
def test_the_chain_of_rules_comes_to_what_the_whitelist_says(plan):
    with world_of(plan) as world:
        backwards = people_of(world.models)
        for person in world.people:
            for model in Model.objects.select_related("connection"):
                chain = why(person, model)
                assert chain.verdict == chain.allowed == (person.pk in backwards[model.pk])


@EXAMPLES
@given(plan=WORLD)
def test_a_rehearsal_says_what_then_happens(plan):
    with world_of(plan) as world:
        changes = [
            Change(
                model=world.models[model].pk,
                group=EVERYONE if group is None else world.groups[group].pk,
                allowed=allowed,
            )
            for model, group, allowed in plan["changes"]
        ]
        before = world.usable()
        effects = {effect.model.pk: effect for effect in rehearse(world.models, lambda: rights.make(changes))}
        assert world.usable() == before, "nothing is kept"
        rights.make(changes)
        after = world.usable()
        for model in world.models:
            gained = {pk for pk in after if model.pk in after[pk] - before[pk]}
            lost = {pk for pk in after if model.pk in before[pk] - after[pk]}
            effect = effects.get(model.pk)
            assert (set(effect.gained), set(effect.lost)) == (gained, lost) if effect else not (gained or lost)
