"""Prompts: alice keeps them, her group uses them, editors change them; carol is a stranger, root an administrator."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from chat.models import AssistantMakers, Prompt
from chat.models.prompt import MOST_VERSIONS
from chat.prompts.variables import VariableError, parsed
from chat.prompts.writing import keep

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(bob):
    group = Group.objects.create(name="Writers")
    bob.groups.add(group)
    return group


@pytest.fixture
def letter(alice):
    text = "Write a {{tone|select:formal,warm=warm}} letter about {{topic}}. {{tone}}, as I said."
    return Prompt.objects.create(owner=alice, command="letter", name="Letter", text=text)


def page_of(person):
    client = Client()
    client.force_login(person)
    return client


def offered(person):
    return [prompt["command"] for prompt in page_of(person).get("/api/prompts").json()]


def statuses(person, prompt):
    client = page_of(person)
    return [
        client.get(f"/api/prompts/{prompt.pk}").status_code,
        client.get(f"/prompts/{prompt.pk}/").status_code,
        client.get(f"/prompts/{prompt.pk}/delete/").status_code,
    ]


def form(**more):
    return {"name": "Letter", "command": "letter", "text": "Write a letter.", **more}


def test_a_prompt_of_ones_own_is_for_nobody_else(alice, bob, root, letter):
    assert offered(alice) == ["letter"]
    assert offered(bob) == offered(root) == [], "not even for an administrator"
    assert statuses(alice, letter) == [200, 200, 200]
    assert statuses(bob, letter) == statuses(root, letter) == [404, 404, 404]


def test_a_group_uses_it_and_cannot_change_it(alice, bob, carol, root, team, letter):
    letter.groups.add(team)
    assert offered(bob) == ["letter"]
    assert offered(carol) == []
    assert statuses(bob, letter) == [200, 404, 404]
    assert statuses(carol, letter) == [404, 404, 404]
    assert statuses(root, letter) == [404, 200, 200], "what is shared an administrator may tidy up"
    page = page_of(bob).get("/prompts/").content.decode()
    assert "Letter" in page
    assert f"/prompts/{letter.pk}/" not in page
    bob.groups.clear()
    assert offered(bob) == []


def test_a_group_that_edits_changes_what_it_says_and_nothing_else(alice, bob, team, letter):
    letter.editors.add(team)
    before = letter.text
    assert statuses(bob, letter) == [200, 200, 404]
    sent = form(text="Another.", for_everyone="on", groups=[team.pk], editors=[])
    assert page_of(bob).post(f"/prompts/{letter.pk}/", sent).status_code == 302
    letter.refresh_from_db()
    assert (letter.text, letter.updated_by, letter.owner) == ("Another.", bob, alice)
    assert not letter.for_everyone
    assert (letter.groups.count(), letter.editors.count()) == (0, 1), "with whom it is shared is alice's to say"

    version = letter.versions.get()
    assert version.text == before
    assert "Another." in page_of(alice).get(f"/prompts/{letter.pk}/").content.decode()
    assert page_of(alice).post(f"/prompts/{letter.pk}/versions/{version.pk}/").status_code == 302
    letter.refresh_from_db()
    assert letter.text == before
    assert letter.versions.count() == 2, "what bob wrote is a version now"


def test_versions_do_not_grow_for_ever(alice, letter):
    for number in range(MOST_VERSIONS + 3):
        letter.text = f"number {number}"
        keep(letter, alice)
    keep(letter, alice)
    assert letter.versions.count() == MOST_VERSIONS
    assert letter.versions.first().text == f"number {MOST_VERSIONS + 1}"


def test_everybody_uses_what_is_for_everyone_and_only_who_may_publish_can_make_it_so(alice, bob, carol, root):
    page_of(alice).post("/prompts/new/", form(for_everyone="on"))
    assert offered(bob) == offered(carol) == ["letter"]
    AssistantMakers.objects.create(rule="nobody")
    page_of(bob).post("/prompts/new/", form(command="mine", for_everyone="on"))
    assert not Prompt.objects.get(command="mine").for_everyone
    page_of(root).post("/prompts/new/", form(command="ours", for_everyone="on"))
    assert offered(carol) == ["letter", "ours"]


def test_a_disabled_person_has_none(alice, letter):
    letter.for_everyone = True
    letter.save()
    alice.is_active = False
    assert not Prompt.objects.usable_by(alice).exists()
    assert not Prompt.objects.editable_by(alice).exists()


def test_bob_cannot_share_with_a_group_he_is_not_in(bob, team):
    others = Group.objects.create(name="Others")
    assert page_of(bob).post("/prompts/new/", form(groups=[others.pk])).status_code == 422
    assert page_of(bob).post("/prompts/new/", form(groups=[team.pk])).status_code == 302


def test_a_command_is_made_of_the_name_and_is_there_once(alice):
    client = page_of(alice)
    client.post("/prompts/new/", form(name="翻译 Letter!", command=""))
    assert Prompt.objects.get().command == "翻译-letter"
    assert client.post("/prompts/new/", form(command="／翻译-Letter")).status_code == 422
    assert client.post("/prompts/new/", form(command="with space")).status_code == 422
    client.post("/prompts/new/", form(command="/Short"))
    assert offered(alice) == ["short", "翻译-letter"]


def test_a_prompt_that_nobody_could_fill_in_is_not_kept(alice):
    answer = page_of(alice).post("/prompts/new/", form(text="{{tone|select:one}}"))
    assert answer.status_code == 422
    assert "needs at least two choices" in answer.content.decode()


def test_words_of_others_are_only_words(alice, bob, team, letter):
    letter.groups.add(team)
    letter.name, letter.text = "<img src=x onerror=alert(1)>", "</script><b>{{topic}}</b>"
    letter.save()
    page = page_of(bob).get("/prompts/").content.decode()
    assert "<img src=x" not in page
    assert "<b>" not in page.partition('id="main"')[2]


def test_the_pieces_are_given_and_a_variable_is_asked_for_once(alice, letter):
    given = page_of(alice).get(f"/api/prompts/{letter.pk}").json()
    assert given["pieces"] == [
        "Write a ", {"name": "tone"}, " letter about ", {"name": "topic"}, ". ", {"name": "tone"}, ", as I said.",
    ]  # fmt: skip
    assert given["variables"] == [
        {"name": "tone", "type": "select", "options": ["formal", "warm"], "default": "warm"},
        {"name": "topic", "type": "text", "options": [], "default": ""},
    ]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("no gaps", ["no gaps"]),
        ("{{ today }} {{USER_NAME}}", [{"fills": "today"}, " ", {"fills": "user"}]),
        (r"\{{name}} and {{}} and {{ a.b }} and { {x} }", ["{{name}} and {{}} and {{ a.b }} and { {x} }"]),
        ("{{主题}}、{{count | number = 3 }}", [{"name": "主题"}, "、", {"name": "count"}]),
        ("{{today|text}}", [{"name": "today"}]),
    ],
)
def test_gaps_are_found_and_other_braces_stay(text, pieces):
    assert list(parsed(text).pieces) == pieces


@pytest.mark.parametrize(
    ("text", "kind", "options", "default"),
    [
        ("{{a|long=two words}}", "long", (), "two words"),
        ("{{a|textarea}}", "long", (), ""),
        ("{{a|select: 正式，亲切 = 亲切}}", "select", ("正式", "亲切"), "亲切"),
        ("{{a|number=-1.5}}", "number", (), "-1.5"),
        ("{{a|date=today}}", "date", (), "today"),
        ("{{a}} {{a|number}}", "number", (), ""),
    ],
)
def test_a_gap_has_a_type_choices_and_a_beginning(text, kind, options, default):
    (variable,) = parsed(text).variables
    assert (variable.type, variable.options, variable.default) == (kind, options, default)


@pytest.mark.parametrize(
    "text",
    [
        "{{a|colour}}",
        "{{a|select}}",
        "{{a|text:one,two}}",
        "{{a|select:x,y=z}}",
        "{{a|number=many}}",
        "{{a|date=2026-02-30}}",
        "{{a|number}} {{a|date}}",
        " ".join(f"{{{{v{n}}}}}".replace(str(n), chr(97 + n)) for n in range(21)),
    ],
)
def test_what_cannot_be_filled_in_is_said(text):
    with pytest.raises(VariableError):
        parsed(text)
