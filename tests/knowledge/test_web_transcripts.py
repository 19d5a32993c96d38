"""A link to a video is read as what is said in it, through the real package and a scripted YouTube of ours."""

import json

import pytest
from django.utils import translation

from knowledge.web import fetch, transcripts
from knowledge.web.addresses import Exceptions
from knowledge.web.fetch import FetchFailed
from knowledge.web.pages import read
from tests.servers.pages import LocalWeb
from tests.servers.sockets import response

ALICE = 1
VIDEO = "dQw4w9WgXcQ"
LINK = f"https://www.youtube.com/watch?v={VIDEO}&t=42s"
SAID = """<?xml version="1.0" encoding="utf-8" ?><transcript>
<text start="0.5" dur="3.2">A ticket handed back two days before the train leaves</text>
<text start="3.9" dur="2.0">costs five per cent of its price &amp;amp; no more. &lt;i&gt;Applause&lt;/i&gt;</text>
<text start="125.0" dur="4.0">On the last day it costs twenty per cent, whatever the reason given for it may be.</text>
</transcript>"""


@pytest.fixture
def youtube(monkeypatch):
    monkeypatch.setattr(fetch, "exceptions", lambda: Exceptions.of(["127.0.0.1"]))
    fetch.forget()
    with LocalWeb() as server:
        api = f"{server.address}/player?key={{api_key}}"
        monkeypatch.setattr("youtube_transcript_api._transcripts.WATCH_URL", server.address + "/watch?v={video_id}")
        monkeypatch.setattr("youtube_transcript_api._transcripts.INNERTUBE_API_URL", api)
        server.add(
            f"/watch?v={VIDEO}",
            '<head><title>Rail fares &amp; you - YouTube</title></head><script>"INNERTUBE_API_KEY": "abc"</script>',
        )
        offer(server, ("en", "", SAID))
        yield server


def offer(server, *tracks, status="OK", reason=""):
    """`tracks`: (language, kind, captions)."""
    told = []
    for language, kind, said in tracks:
        address = server.add(f"/timedtext?lang={language}&kind={kind}", said, media_type="text/xml; charset=utf-8")
        name = {"runs": [{"text": language}]}
        told.append({"baseUrl": address, "name": name, "languageCode": language, "kind": kind})
    captions = {"captions": {"playerCaptionsTracklistRenderer": {"captionTracks": told}}} if tracks else {}
    body = {"playabilityStatus": {"status": status, "reason": reason}, **captions}
    server.serve("/player?key=abc", response(json.dumps(body).encode(), media_type="application/json"))


async def test_a_video_is_read_as_what_is_said_in_it_under_its_minutes(youtube):
    page = await fetch.fetch(LINK, user_id=ALICE)
    text = await read(page)
    assert (page.final_url, text.title, text.language) == (LINK, "Rail fares & you", "en")
    assert "costs five per cent of its price & no more. Applause" in text.text
    assert [block.heading[-1] for block in text.blocks if block.heading] == ["0:00", "2:00"]
    asked = [(request.method, request.path.partition("?")[0]) for request in youtube.requests]
    assert asked == [("GET", "/watch"), ("POST", "/player"), ("GET", "/timedtext")]
    assert json.loads(youtube.requests[1].body)["videoId"] == VIDEO
    assert all("webui/" in request.headers["user-agent"] for request in youtube.requests)
    await fetch.fetch(LINK, user_id=ALICE)
    assert len(youtube.requests) == 3


async def test_what_a_person_wrote_comes_before_what_a_machine_heard_and_their_language_before_others(youtube):
    offer(youtube, ("en", "asr", SAID), ("de", "", SAID), ("zh-Hans", "", SAID), ("fr", "", SAID))
    with translation.override("zh-hans"):
        assert (await read(await fetch.fetch(LINK, user_id=ALICE))).language == "zh-hans"
    offer(youtube, ("en", "asr", SAID), ("ja", "asr", SAID))
    fetch.forget()
    assert (await read(await fetch.fetch(LINK, user_id=ALICE))).language == "en"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({}, "has no transcript"),
        ({"status": "LOGIN_REQUIRED", "reason": "Sign in to confirm you’re not a bot"}, "does not give this server"),
        ({"status": "ERROR", "reason": "This video is unavailable"}, "does not show this video"),
    ],
)
async def test_a_video_that_cannot_be_read_is_said(youtube, answer, sentence):
    offer(youtube, **answer)
    with pytest.raises(FetchFailed, match=sentence):
        await fetch.fetch(LINK, user_id=ALICE)


@pytest.mark.parametrize(
    "said",
    [
        "<html>not what was asked for",
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><transcript><text start="0">&b;</text></transcript>',
        "<transcript><text>no start</text></transcript>",
    ],
)
async def test_captions_that_are_none_are_one_sentence(youtube, said):
    offer(youtube, ("en", "", said))
    with pytest.raises(FetchFailed, match="cannot be read"):
        await fetch.fetch(LINK, user_id=ALICE)


async def test_captions_are_fetched_under_the_rules_of_all_pages(youtube):
    inward = {"baseUrl": "http://169.254.169.254/latest", "name": {"runs": [{"text": "x"}]}, "languageCode": "en"}
    told = {"playabilityStatus": {"status": "OK"}, "captions": {"playerCaptionsTracklistRenderer": {}}}
    told["captions"]["playerCaptionsTracklistRenderer"]["captionTracks"] = [inward]
    youtube.serve("/player?key=abc", response(json.dumps(told).encode(), media_type="application/json"))
    with pytest.raises(fetch.FetchRefused, match="cannot be reached"):
        await fetch.fetch(LINK, user_id=ALICE)


@pytest.mark.parametrize(
    ("url", "video"),
    [
        (LINK, VIDEO),
        (f"https://youtu.be/{VIDEO}?si=x", VIDEO),
        (f"https://m.youtube.com/shorts/{VIDEO}", VIDEO),
        (f"https://www.youtube-nocookie.com/embed/{VIDEO}", VIDEO),
        ("https://www.youtube.com/watch?v=short", ""),
        ("https://www.youtube.com/@channel", ""),
        (f"https://youtube.com.evil.example/watch?v={VIDEO}", ""),
        ("https://example.org/watch?v=" + VIDEO, ""),
    ],
)
def test_a_video_is_known_by_its_address(url, video):
    assert transcripts.video_in(url) == video
