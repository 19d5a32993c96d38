"""Dictating to the server, having an answer read while it is written, talking without hands: in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask
from tests.browser.test_speaking import EARS, when
from tests.servers.voice_server import VoiceServer
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

# A microphone in which the test speaks: a tone that is loud while window.speaks.
MICROPHONE = """
window.opened = 0;
const real = window.AudioContext;
navigator.mediaDevices.getUserMedia = async () => {
  window.opened += 1;
  const context = new real();
  const tone = context.createOscillator();
  const loud = context.createGain();
  const out = context.createMediaStreamDestination();
  loud.gain.value = 0;
  tone.connect(loud).connect(out);
  tone.start();
  window.speak = (on) => { loud.gain.value = on ? 0.5 : 0; };
  return out.stream;
};
"""


@pytest.fixture
def house(model):
    from chat.models import VoiceSettings
    from providers.models import Connection, Model

    with VoiceServer() as server:
        connection = Connection.objects.create(name="Studio", base_url=server.base_url)
        made = [
            # The web process knows for some seconds which were chosen: the same ones in each test.
            Model.objects.create(pk=pk, connection=connection, name=name, public_id=name, kind=kind, for_everyone=True)
            for pk, name, kind in ((9001, "whisper-1", "transcription"), (9002, "tts-1", "speech"))
        ]
        VoiceSettings.objects.create(transcription=made[0], speech=made[1], voices=["alto"], voice="alto")
        yield server
        server.release.set()


def opened(visit, alice, *scripts):
    page = visit(alice, "about:blank")
    for script in scripts:
        page.context.add_init_script(script)
    page.goto("/")
    eventually(lambda: page.evaluate("fetch('/api/voice').then((answer) => answer.json())")["hears"], seconds=15)
    page.goto("/")
    return page


def test_dictation_goes_to_the_server_and_its_words_are_sent(visit, alice, house):
    page = opened(visit, alice, MICROPHONE)
    expect(page.get_by_role("button", name="Dictate")).to_be_visible()
    assert page.evaluate("window.opened") == 0  # nothing asks for the microphone before the click
    page.get_by_role("button", name="Dictate").click()
    when(page, "window.speak")
    page.evaluate("setTimeout(() => speak(true), 400); setTimeout(() => speak(false), 2400)")
    expect(page.get_by_role("textbox", name="Your question")).to_have_value("What is the fee?")
    expect(page.locator(".question")).to_have_text("What is the fee?")
    assert len(house.asked) == 1
    assert house.asked[0]["language"] == "en"
    assert house.asked[0]["file"].startswith(b"\x1a\x45\xdf\xa3")


def test_an_answer_is_read_while_it_is_written_and_can_be_stopped(visit, alice, house, model_server):
    page = opened(visit, alice)
    model_server.scenario = "pausing"
    model_server.say("The fee is 12 euros [1]. ", "\n\n```py\nx\n```\n\nFrom 100 euros it is free. And ")
    ask(page, "Freight?")
    page.get_by_role("button", name="Read aloud").click()
    bar = page.get_by_role("toolbar", name="Reading aloud")
    expect(bar).to_be_visible()
    expect(bar.get_by_role("button", name="Pause reading")).to_be_focused()
    expect(bar).to_contain_text("From 100 euros it is free.")
    eventually(lambda: len(house.asked) == 2)  # both at once, so in either order
    assert {said["input"] for said in house.asked} == {"The fee is 12 euros.", "From 100 euros it is free."}
    model_server.release.set()
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    expect(bar).to_have_count(0)
    assert house.asked[-1]["input"] == "And Later."
    house.scenario = "busy"
    page.get_by_role("button", name="Read aloud").click()
    expect(page.get_by_role("alert")).to_contain_text("busy")
    page.keyboard.press("Escape")
    expect(bar).to_have_count(0)


def said_until_heard(page, panel):
    when(page, "window.speak")
    page.evaluate("speak(true)")
    expect(panel).to_contain_text("I hear you")
    page.evaluate("speak(false)")


def test_talking_without_hands_listens_answers_and_listens_again(visit, alice, house, model_server):
    page = opened(visit, alice, MICROPHONE)
    model_server.say("It is 12 euros.")
    page.get_by_role("button", name="Talk without hands").click()
    panel = page.get_by_role("dialog", name="Talking without hands")
    expect(panel).to_contain_text("Listening")
    assert house.asked == []
    said_until_heard(page, panel)
    expect(page.locator(".question")).to_have_text("What is the fee?")
    expect(panel).to_contain_text("Listening")
    assert house.asked[-1]["input"] == "It is 12 euros."
    house.hears = ""
    said_until_heard(page, panel)
    expect(panel).to_contain_text("No words were heard")
    expect(page.locator(".question")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page.get_by_role("button", name="Talk without hands")).to_be_focused()


def test_the_browsers_own_ears_are_taken_by_those_who_want_them(visit, alice, house):
    from chat.models import VoiceChoice

    VoiceChoice.objects.create(user=alice, ears="browser")
    page = opened(visit, alice, EARS, MICROPHONE)
    page.get_by_role("button", name="Dictate").click()
    when(page, "window.ears")
    page.evaluate("window.ears.hears('from the browser')")
    expect(page.get_by_role("textbox", name="Your question")).to_have_value("from the browser")
    assert page.evaluate("window.opened") == 0
    assert house.asked == []
