"""All libraries in one collection, in a real Chroma: made when it is missed, and kept up."""

import pytest
from django.core.management import call_command

from knowledge import chroma, embedding, gathered, index, tasks
from tests.knowledge.libraries import library_of
from tests.knowledge.test_index import indexed, nearest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chroma_server")]


@pytest.fixture(autouse=True)
def _two_are_many(monkeypatch):
    monkeypatch.setattr(gathered, "FEW", 1)
    monkeypatch.setattr(gathered, "_rung", {})


@pytest.fixture(autouse=True)
def worker(monkeypatch):
    """The fingerprints that a worker was rung for."""
    rung = []
    monkeypatch.setattr(tasks, "ring_to_gather", rung.append)
    yield rung
    for name in chroma.names("everything-"):
        chroma.drop(name)


@pytest.fixture
def libraries(alice, bob):
    return library_of(alice), library_of(bob)


def everything():
    return chroma.count(f"everything-{embedding.fingerprint()}")


def test_many_libraries_are_asked_one_by_one_until_all_are_gathered(libraries, worker, monkeypatch):
    documents = [indexed(library, 0.0, 0.5) for library in libraries]
    both = {(document.pk, 0) for document in documents}
    assert set(nearest(0.1, *libraries, limit=2)) == both
    nearest(0.1, *libraries)
    assert worker == [embedding.fingerprint()], "rung once"
    tasks.gather(worker[0])
    assert everything() == 4
    monkeypatch.setattr(index, "_name", None)  # no single library is asked any more
    assert set(nearest(0.1, *libraries, limit=2)) == both


def test_what_lies_in_other_libraries_does_not_come_back(libraries, alice):
    mine, theirs = libraries
    other = library_of(alice)
    gathered_first = indexed(mine, 0.0)
    indexed(theirs, 0.1)
    second = indexed(other, 0.9)
    gathered.gather(embedding.fingerprint())
    assert nearest(0.1, mine, other) == [(gathered_first.pk, 0), (second.pk, 0)]


def test_a_small_part_of_everything_is_asked_for_itself(libraries, alice, monkeypatch):
    mine, theirs = libraries
    other = library_of(alice)
    own = indexed(mine, 2.0), indexed(other, 2.1)
    indexed(theirs, *(number / 100 for number in range(30)))
    gathered.gather(embedding.fingerprint())
    monkeypatch.setattr(gathered, "ASKED", (5, 10))
    assert nearest(0.1, mine, other) == [(own[0].pk, 0), (own[1].pk, 0)]


def test_it_is_kept_up(libraries, alice):
    document = indexed(libraries[0], 0.0, 0.5, 1.0)
    gathered.gather(embedding.fingerprint())
    new = indexed(libraries[1], 0.2)
    assert everything() == 4
    index.replace_document(document, list(document.chunks.all()[:1]))
    assert everything() == 2
    index.remove_document(new)
    assert everything() == 1
    index.remove_library(libraries[0])
    assert everything() == 0


def test_what_another_process_stores_while_it_is_made_is_in_it(libraries, monkeypatch):
    indexed(libraries[0], 0.0)
    rename = chroma.rename

    def meanwhile(name, new):
        indexed(libraries[1], 0.3)
        rename(name, new)

    monkeypatch.setattr(chroma, "rename", meanwhile)
    gathered.gather(embedding.fingerprint())
    assert everything() == 2


def test_one_that_lost_something_is_made_again_and_one_nobody_missed_is_not_made(libraries):
    indexed(libraries[0], *(number / 10 for number in range(10)))
    call_command("rebuild_index")
    assert everything() is None
    gathered.gather(embedding.fingerprint())
    chroma.delete_where(f"everything-{embedding.fingerprint()}", "library", libraries[0].pk.hex)
    assert everything() == 0
    call_command("rebuild_index")
    assert everything() == 10
