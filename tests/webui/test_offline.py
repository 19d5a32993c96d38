"""The site as an application: what a browser may keep of it, and that nothing of a person is in that."""

import json
import re

import pytest

from webui.assets import DIST

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("language", "words"), [("en", "New chat"), ("zh-hans", "新对话"), ("xx", "New chat")])
def test_the_manifest_is_in_the_language_of_the_page_with_icons_that_are_there(client, language, words):
    answer = client.get("/manifest.webmanifest", {"language": language})
    assert answer["Content-Type"] == "application/manifest+json"
    described = json.loads(answer.content)
    assert described["shortcuts"][0]["name"] == words
    assert described["display"] == "standalone"
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in described["icons"]}
    for icon in described["icons"]:
        assert (DIST / icon["src"].removeprefix("/static/dist/")).exists()


def test_every_page_names_the_manifest_in_its_language(client):
    assert 'href="/manifest.webmanifest?language=en"' in client.get("/accounts/login/").content.decode()


def test_the_worker_answers_for_the_whole_site_and_is_asked_for_anew(client):
    answer = client.get("/sw.js", {"language": "en"})
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in answer["Content-Security-Policy"]
    assert client.post("/sw.js").status_code == 405


def test_the_offline_page_is_the_same_for_everybody(client, alice):
    nobody = client.get("/offline/", {"language": "zh-hans"}).content
    client.force_login(alice)
    assert client.get("/offline/", {"language": "zh-hans"}).content == nobody
    assert "没有连接" in nobody.decode()
    assert "alice" not in nobody.decode()
    for name in re.findall(r"/static/dist/([\w.-]+)", nobody.decode()):
        assert (DIST / name).exists()
