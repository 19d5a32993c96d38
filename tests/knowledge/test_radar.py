"""What a library says twice, in two versions, or otherwise than elsewhere in it; and what becomes of it."""

import random
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from knowledge import candidates
from knowledge.models import Chunk, Document, Finding, Library
from knowledge.passages import Passage
from knowledge.radar import deciding, disputing, looking
from knowledge.radar.stating import disagree, statements_in
from tests.knowledge.radar_texts import CHINESE, CLEAN, ENGLISH

pytestmark = pytest.mark.django_db
WORDS = ("house", "river", "garden", "market", "winter", "letter", "window", "bridge", "yellow", "silent", "engine")


@pytest.fixture
def library(alice):
    return Library.objects.create(owner=alice, name="House rules")


def put(library, name, text):
    """A document that was read, in one passage, and was looked at."""
    row = Document.objects.create(library=library, name=name, status="ready", proved_at=timezone.now())
    Chunk.objects.create(document=row, ordinal=0, text=text, start=0, end=len(text))
    looking.look(row.pk)
    row.refresh_from_db()
    return row


def prose(seed, count=300):
    dice = random.Random(seed)
    return " ".join(dice.choice(WORDS) + str(dice.randrange(40)) for _word in range(count))


@pytest.mark.parametrize("pairs", [ENGLISH, CHINESE], ids=["English", "Chinese"])
def test_of_twenty_planted_contradictions_eighteen_are_found_and_hardly_anything_else(library, pairs):
    for place, text in enumerate(CLEAN):
        put(library, f"clean {place}.md", text)
    wrong = Finding.objects.count()
    for about, earlier, later in pairs:
        put(library, f"{about} as it was.md", earlier)
        put(library, f"{about} as it is.md", later)
    found = Finding.objects.filter(kind="conflict").values_list("first__name", "second__name")
    right = {one.split()[0] for one, other in found if one.split()[0] == other.split()[0]}
    missed = {about for about, _earlier, _later in pairs} - right
    assert len(right) >= 18, missed
    wrong += sum(one.split()[0] != other.split()[0] for one, other in found)
    assert len(right) / (len(right) + wrong) >= 0.9, list(found)


def test_nothing_in_the_clean_set_contradicts_anything(library):
    for place, text in enumerate(CLEAN):
        put(library, f"clean {place}.md", text)
    assert list(Finding.objects.values_list("kind", "first__name", "second__name")) == []


def versions(language):
    """Twenty files and their later versions: a part of the sentences is written anew."""
    dice = random.Random(language)
    for number in range(20):
        if language == "en":
            lines = [prose(f"{number}-{line}", 14) + "." for line in range(20)]
        else:
            lines = ["".join(chr(dice.randrange(0x4E00, 0x5E00)) for _mark in range(24)) + "。" for _line in range(20)]
        later = [dice.choice(lines)[::-1] if dice.random() < 0.2 else line for line in lines]
        yield (
            f"rules {number}"
            if language == "en"
            else f"规定{'甲乙丙丁戊己庚辛壬癸'[number % 10] * (number // 10 + 1)}",
            lines,
            later,
        )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_of_twenty_later_versions_eighteen_are_known_and_strangers_are_left_alone(library, language):
    texts = {}
    for about, lines, later in versions(language):
        texts[f"{about} v1.md"], texts[f"{about} final.md"] = "\n".join(lines), "\n".join(later)
    for name, text in texts.items():
        put(library, name, text)
    found = list(Finding.objects.filter(kind__in=["version", "duplicate"]).values_list("first__name", "second__name"))
    right = [pair for pair in found if pair[0].removesuffix(" v1.md") == pair[1].removesuffix(" final.md")]
    assert len(right) >= 18
    assert len(right) / len(found) >= 0.9


def test_the_same_text_under_another_name_is_a_copy_and_an_excerpt_too(library):
    text = prose(1, 600)
    put(library, "plan.md", text)
    put(library, "something else.md", text + " and a word more")
    put(library, "excerpt.md", text[:1500])
    put(library, "stranger.md", prose(2, 600))
    kinds = {
        frozenset(pair[:2]): pair[2] for pair in Finding.objects.values_list("first__name", "second__name", "kind")
    }
    assert kinds[frozenset(["plan.md", "something else.md"])] == "duplicate"
    assert kinds[frozenset(["plan.md", "excerpt.md"])] == "duplicate"
    assert not [pair for pair in kinds if "stranger.md" in pair]


def test_a_superseded_document_is_found_no_more_until_that_is_taken_back(library, alice):
    old = put(library, "rules 2023.md", "The daily limit is 5,000 EUR for all.")
    new = put(library, "rules 2024.md", "The daily limit is 8,000 EUR for all.")
    chunk = old.chunks.get()
    assert {row.disputed for row in candidates.named(alice, [], [chunk.pk])} == {True}
    deciding.supersede(old, new)
    assert candidates.named(alice, [], [chunk.pk]) == []
    new.refresh_from_db()
    assert not new.disputed
    assert not Finding.objects.open().exists()
    looking.look(new.pk)
    assert not Finding.objects.exists(), "it is held against what stands, alone"
    deciding.take_back(old)
    looking.look(new.pk)
    assert [row.pk for row in candidates.named(alice, [], [chunk.pk])] == [chunk.pk]
    assert Finding.objects.open().filter(kind="conflict").count() == 1


def passage(document):
    chunk = document.chunks.get()
    return Passage(
        text=chunk.text, title=document.name, score=1, document_id=str(document.pk), chunk_id=chunk.pk,
        disputed=document.disputed,
    )  # fmt: skip


def test_sources_that_disagree_say_so_with_both_dates(library):
    put(library, "rules 2023.md", "The daily limit is 5,000 EUR for all.")
    put(library, "rules 2024.md", "The daily limit is 8,000 EUR for all.")
    other = put(library, "menu.md", "Soup is served at noon.")
    both = list(Document.objects.filter(name__startswith="rules").order_by("created_at"))
    found = disputing.between([passage(both[0]), passage(other), passage(both[1])])
    assert found.keys() == {1, 3}
    day = both[0].created_at.date().isoformat()
    assert found[1] == [
        {"n": 3, "says": "The daily limit is 5,000 EUR for all.", "instead": "The daily limit is 8,000 EUR for all."}
        | {"at": day, "instead_at": day}
    ]
    alone = [passage(both[0]), passage(other)]
    with CaptureQueriesContext(connection) as queries:
        assert disputing.between(alone) == {}
    assert len(queries) == 0, "one alone contradicts nobody"


def test_what_was_put_away_is_not_found_again(library):
    put(library, "a.md", "The daily limit is 5,000 EUR for all.")
    new = put(library, "b.md", "The daily limit is 8,000 EUR for all.")
    deciding.put_away(Finding.objects.get())
    looking.look(new.pk)
    assert not Finding.objects.open().exists()
    new.refresh_from_db()
    assert not new.disputed


def test_alice_decides_on_the_page_and_bob_sees_nothing(library, alice, bob):
    old = put(library, "a.md", "The daily limit is 5,000 EUR for all.")
    put(library, "b.md", "The daily limit is 8,000 EUR for all.")
    client, stranger = Client(), Client()
    client.force_login(alice)
    stranger.force_login(bob)
    address, finding = f"/knowledge/{library.pk}/radar/", Finding.objects.get()
    assert stranger.get(address).status_code == 404
    page = client.get(address).content.decode()
    assert "They disagree" in page
    assert "8,000" in page
    assert stranger.post(f"{address}{finding.pk}/", {"do": "first"}).status_code == 404
    client.post(f"{address}{finding.pk}/", {"do": "first"})
    old.refresh_from_db()
    assert old.superseded_by.name == "b.md"
    assert "Let it be found again" in client.get(address).content.decode()
    assert "Superseded" in client.get(f"/knowledge/{library.pk}/documents/{old.pk}/").content.decode()
    listed = client.get(f"/knowledge/{library.pk}/").content.decode()
    assert re.findall(r'badge badge--\w+" data-state>\s*(\w+)', listed) == ["ready", "superseded"]
    progress = client.get(f"/api/libraries/{library.pk}/progress").json()
    assert [row["superseded"] for row in progress["documents"]] == [False, True]
    client.post(f"/knowledge/{library.pk}/documents/{old.pk}/supersession/")
    old.refresh_from_db()
    assert old.superseded_at is None


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        ("The limit of a card is 5 thousand EUR.", "The limit of a card is €5,000.", False),
        ("The break takes 90 minutes at noon.", "The break takes 1.5 hours at noon.", False),
        ("The break takes 90 minutes at noon.", "The break takes 2 hours at noon.", True),
        ("投资总额为5万元。", "投资总额为50,000元。", False),
        ("会议于2024年3月1日举行。", "会议于2024-03-02举行。", True),
    ],
)
def test_the_same_in_other_units_is_no_contradiction(one, other, differs):
    (left,), (right,) = statements_in(one), statements_in(other)
    assert left.key == right.key
    assert bool(disagree(left.values, right.values)) is differs
