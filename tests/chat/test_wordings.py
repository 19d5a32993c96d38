"""The bench of a library searches for what a chat with a model would search for."""

import pytest

from chat import wordings
from chat.wordings import ChatWordings
from knowledge.explaining import rewording
from knowledge.models import Library
from providers.models import Connection, Model
from providers.scripted import ScriptedProvider
from tests.knowledge.libraries import document_in

pytestmark = pytest.mark.django_db

KITCHEN = "The kitchen on the third floor is cleaned every Friday afternoon by the person on duty."


@pytest.fixture
def lab(monkeypatch):
    connection = Connection.objects.create(name="Lab", base_url="http://127.0.0.1:1/v1")
    for name, everyone in (("qwen", True), ("secret", False)):
        Model.objects.create(connection=connection, name=name, public_id=name, for_everyone=everyone)
    monkeypatch.setattr(wordings, "provider_for", lambda _model: ScriptedProvider("Who cleans the kitchen?"))


def test_alice_asks_with_the_wording_of_a_model_she_may_use(alice, lab):
    library = Library.objects.create(owner=alice, name="Handbook")
    document_in(library, KITCHEN, vectors=False)
    assert ChatWordings().models(alice) == ["qwen"]
    queries = ChatWordings().queries(alice, "qwen", "谁打扫厨房？", [library.pk])
    assert [query.text for query in queries] == ["谁打扫厨房？", "Who cleans the kitchen?"]
    assert ChatWordings().queries(alice, "secret", "谁打扫厨房？", [library.pk]) == []


def test_the_bench_is_given_them(alice, lab):
    assert rewording.models_for(alice) == ["qwen"]
