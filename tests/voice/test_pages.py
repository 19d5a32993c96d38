"""The pages of voice: models are tried before they are chosen, a person has their own voice, strangers have nothing."""

import pytest
from django.test import Client

from chat.models import VoiceChoice, VoiceSettings
from chat.voice import chosen
from providers.models import Connection, Model

pytestmark = pytest.mark.django_db


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


def page(answer):
    return answer.content.decode()


def test_an_administrator_chooses_what_was_tried(root, speaking_house, voice_server):
    VoiceSettings.objects.all().delete()
    client, ears, mouth = signed_in(root), Model.objects.get(public_id="ears"), Model.objects.get(public_id="mouth")
    answer = client.post("/admin/voice/", {"transcription": ears.pk, "speech": mouth.pk, "voice": ""}, follow=True)
    assert "It said “This is a test of the voice.”" in page(answer)
    assert "It heard “What is the fee?”" in page(answer)
    row = VoiceSettings.objects.get()
    assert (row.transcription, row.speech, row.voice, row.voices) == (ears, mouth, "alto", ["alto", "bass"])
    assert voice_server.asked[-1]["file"] == voice_server.sound  # what one has said, the other had to hear


def test_what_fails_is_not_chosen_and_says_why(root, speaking_house, voice_server):
    VoiceSettings.objects.all().delete()
    client, mouth = signed_in(root), Model.objects.get(public_id="mouth")
    wrong = {"no_audio": "it has no /v1/audio/", "refuses": "unknown voice", "page": "neither words"}
    for scenario, words in wrong.items():
        voice_server.scenario = scenario
        assert words in page(client.post("/admin/voice/", {"speech": mouth.pk, "voice": "alto"}))
    assert not VoiceSettings.objects.exists()
    # A chat model is none of them.
    connection = Connection.objects.get()
    chat = Model.objects.create(connection=connection, name="qwen", public_id="qwen")
    assert client.post("/admin/voice/", {"speech": chat.pk, "voice": ""}).status_code == 200
    assert not VoiceSettings.objects.exists()


def test_without_models_the_page_says_what_to_do(root, alice):
    assert "Nothing here hears or speaks yet" in page(signed_in(root).get("/admin/voice/"))
    assert signed_in(alice).get("/admin/voice/").status_code == 404


def test_a_person_has_a_voice_of_their_own(alice, bob, speaking_house, voice_server):
    client = signed_in(alice)
    assert 'id="voice"' in page(client.get("/account/"))
    assert client.post("/account/voice/", {"voice": "bass", "speed": "1.5", "ears": "browser"}).status_code == 302
    told = client.get("/api/voice").json()
    assert (told["voice"], told["speed"], told["ears"]) == ("bass", 1.5, "browser")
    assert signed_in(bob).get("/api/voice").json()["voice"] == "alto"
    client.post("/account/voice/", {"voice": "nobody", "speed": "1.5", "ears": "browser"})
    assert VoiceChoice.objects.get().voice == "bass"
    # A voice that is gone is everybody's again.
    VoiceSettings.objects.update(voices=["alto"])
    chosen.forget()
    assert client.get("/api/voice").json()["voice"] == "alto"


def test_where_nothing_is_chosen_nothing_is_asked_and_nothing_shown(alice, django_assert_num_queries):
    client = signed_in(alice)
    assert 'id="voice"' not in page(client.get("/account/"))
    assert client.get("/api/voice").json()["hears"] is False
    chosen.chosen()
    with django_assert_num_queries(0):
        assert chosen.offered(alice) is None
