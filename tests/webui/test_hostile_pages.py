"""Every address of the site, in a house full of hostile words: words they stay, in HTML, JSON, CSV and downloads."""

import csv
import io
import json
import re
import uuid

import lxml.html
import pytest
from django.db import connection
from django.test import Client

from tests.hostile import HOSTILE
from tests.hostile_house import furnish
from tests.test_doors import DJANGO_ADMIN, address, routes, world  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db

NEVER = {
    "iframe",
    "object",
    "embed",
    "base",
    "style",
    "marquee",
    "frame",
    "frameset",
    "applet",
    "math",
    "video",
    "audio",
}
LEADS = {"href", "src", "action", "formaction", "srcset", "xlink:href", "ping", "poster", "background", "data", "cite"}
LOADS = {"src", "srcset", "poster", "background", "data"}
OWN = re.compile(r"^(/(?!/)|#|\?|$|\.|mailto:|[\w-]+/$)")
# They ask other machines, end the session, or are no pages.
NOT_WALKED = ("admin/connections/new", "accounts/", "setup/", "sandbox/", "readyz", "api/ollama", "ollama/")


@pytest.fixture
def house(world, root):  # noqa: F811
    furnish(world, root)
    return world


def faults_of(html):
    """What in a page was not written by its template."""
    for element in lxml.html.document_fromstring(html).iter():
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in NEVER:
            yield f"<{tag}> {element.attrib}"
        if tag == "script" and element.get("type") != "application/json" and not OWN.match(element.get("src") or "no"):
            yield f"a script: {element.text}"
        if tag == "meta" and element.get("http-equiv"):
            yield f"meta {element.attrib}"
        for name, value in element.attrib.items():
            if name.startswith("on") or (name == "style" and "url(" in value):
                yield f"<{tag} {name}={value!r}>"
            if name in LEADS and not OWN.match(value):
                far = name == "href" and tag == "a" and re.match(r"https?://", value)
                if not far or "noopener" not in (element.get("rel") or "") or name in LOADS:
                    yield f"<{tag} {name}={value!r}>"


def test_no_address_of_the_site_lets_a_hostile_word_be_more_than_a_word(house, root):
    assert len(set(HOSTILE)) == (181 if connection.vendor == "sqlite" else 179), "PostgreSQL stores no NUL"
    faults, html, texts = [], 0, ""
    people = {"alice": house["alice"], "root": root}
    for person, user in people.items():
        client = Client(raise_request_exception=True)
        client.force_login(user)
        for route, _names in routes():
            if route.startswith((DJANGO_ADMIN, "^", *NOT_WALKED)) or route.endswith(("/file", "/thumbnail")):
                continue
            if route.startswith("admin/") == (person == "alice"):
                continue
            answer = client.get(address(route.replace("<str:token>", house["link"].token), house))
            kind = answer.get("Content-Type", "")
            assert answer["X-Content-Type-Options"] == "nosniff", route
            if "text/html" not in kind:
                assert "javascript" not in kind or route == "sw.js", route
                continue
            page = b"".join(answer.streaming_content) if answer.streaming else answer.content
            if not page.strip():
                continue
            html += 1
            texts += page.decode()
            faults += [f"{person} /{route}: {fault}" for fault in faults_of(page)]
    assert not faults, "\n".join(faults[:40])
    assert html > 60
    # They were there to be seen, and not left out.
    assert texts.count("&lt;script") > 100


def test_banners_and_providers_are_only_words_to_whoever_is_not_signed_in(house):
    page = Client().get("/accounts/login/").content
    assert not list(faults_of(page))
    assert page.count(b"&lt;script") > 20


def test_what_a_file_to_import_says_is_only_words(house, tmp_path):
    from chat.importing import preparing
    from chat.models import Conversation

    alice, file = house["alice"], tmp_path / "chats.json"
    said = [{"id": 1, "role": "user", "text": "hi"}]
    chats = [
        {
            "form": "webui.chat/1",
            "id": str(uuid.uuid4()),
            "title": text[:200],
            "tags": [text[:40]],
            "messages": messages,
        }
        for number, text in enumerate(HOSTILE)
        for messages in ([{**said[0], "text": text}], text if number % 18 == 0 else said)
    ]
    file.write_text(json.dumps(chats))
    client = Client()
    client.force_login(alice)
    for name in (HOSTILE[0], HOSTILE[18]):
        trial = f"/import/{preparing.prepare(alice, name, file)}/"
        page = client.get(trial)
        assert page.status_code == 200
        assert not list(faults_of(page.content))
        assert name in lxml.html.document_fromstring(page.content).text_content()
    before = Conversation.objects.count()
    client.post(trial)
    assert Conversation.objects.count() > before
    assert not list(faults_of(client.get(trial).content))


def test_the_boot_data_of_a_page_is_not_ended_by_what_is_in_it(house, client):
    client.force_login(house["alice"])
    page = client.get("/").content.decode()
    boot = re.search(r'<script id="boot" type="application/json">(.*?)</script>', page, re.S)
    assert "\\u003Cscript" in boot[1]
    assert "</" not in boot[1]


def test_a_spreadsheet_calculates_nothing_of_what_people_wrote(house, client, root):
    from providers import meters
    from providers.models import Usage

    rows = [Usage(day=meters.today(), user=house["alice"], model_name=text, purpose="chat") for text in HOSTILE]
    Usage.objects.bulk_create(rows)
    client.force_login(root)
    answer = client.get("/admin/usage/csv/", {"days": "7"})
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert len(cells) > len(HOSTILE) * 4
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "@", "\t", "\r") or re.match(r"-\D", cell)]


def test_a_download_is_named_in_one_line(house, client):
    from chat.models import Conversation

    client.force_login(house["alice"])
    for chat in Conversation.objects.filter(owner=house["alice"], title__regex=r"[\r\n\x00/\\\"]|^=")[:40]:
        answer = client.get(f"/api/chats/{chat.pk}/export", {"format": "markdown"})
        assert answer.status_code == 200
        assert not re.search(r"[\r\n\x00]", answer["Content-Disposition"])
        assert answer["Content-Disposition"].startswith("attachment")
