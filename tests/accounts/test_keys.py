"""API keys: made, shown once, used, and every way in which they stop to open anything."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import AsyncClient, Client
from django.utils import timezone

from tests.accounts.conftest import browser_of
from webui.accounts.auth import user_for_key
from webui.accounts.models import ApiKey

pytestmark = pytest.mark.urls("tests.accounts.auth_urls")


def ask(text, path="/try/sync", **headers):
    return Client().get(path, headers={"authorization": f"Bearer {text}", **headers})


@pytest.fixture
def key(alice):
    return ApiKey.issue(alice, "script")[1]


@pytest.mark.parametrize("path", ["/try/sync", "/try/async"])
def test_alices_key_answers_as_alice(key, path):
    assert ask(key, path).json() == {"email": "alice@example.org"}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.django_db(transaction=True)
async def test_alices_key_works_on_the_event_loop(key, method):
    answer = await getattr(AsyncClient(), method)("/try/async", headers={"authorization": f"Bearer {key}"})
    assert answer.json() == {"email": "alice@example.org"}


def test_a_post_with_a_key_needs_no_csrf_token(key):
    client = Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {key}"})
    assert client.post("/try/sync").status_code == 200


@pytest.mark.parametrize("text", ["", "wrong", "sk-webui-", "sk-webui-" + "a" * 43, "é", "a b c"])
def test_what_is_no_key_is_refused(key, text):
    assert ask(text).status_code == 401


def test_a_key_with_anything_added_is_refused(key):
    assert ask(key + "x").status_code == 401
    assert ask(key[:-1]).status_code == 401
    assert ask(key.upper()).status_code == 401


def test_a_key_under_another_scheme_is_refused(key):
    assert Client().get("/try/sync", headers={"authorization": f"Basic {key}"}).status_code == 401
    assert Client().get("/try/sync", headers={"authorization": key}).status_code == 401


def test_a_wrong_key_does_not_fall_back_to_the_cookie(alice):
    assert browser_of(alice).get("/try/sync", headers={"authorization": "Bearer wrong"}).status_code == 401


def test_an_expired_key_is_refused(alice):
    late = ApiKey.issue(alice, expires_at=timezone.now() - timedelta(seconds=1))[1]
    good = ApiKey.issue(alice, expires_at=timezone.now() + timedelta(minutes=1))[1]
    assert ask(late).status_code == 401
    assert ask(good).status_code == 200


def test_a_disabled_persons_key_is_refused_at_once_and_works_again_when_enabled(alice, key):
    alice.disable()
    assert ask(key).status_code == 401
    alice.approve()
    assert ask(key).status_code == 200


def test_a_key_of_somebody_who_waits_is_refused(pending):
    assert ask(ApiKey.issue(pending)[1]).status_code == 401


def test_only_the_hash_of_a_key_is_kept(alice, key):
    stored = str(list(ApiKey.objects.values()))
    assert key not in stored
    assert ApiKey.objects.get().digest == ApiKey.digest_of(key)


def test_the_last_use_is_noted_at_most_once_a_minute(alice, key, django_assert_num_queries):
    assert ApiKey.objects.get().last_used_at is None
    user_for_key(key)
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    with django_assert_num_queries(1):
        assert user_for_key(key) == alice
    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=first - timedelta(minutes=2))
    user_for_key(key)
    assert ApiKey.objects.get().last_used_at >= first


def test_the_session_reads_without_and_writes_only_with_the_csrf_token(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    for path in ("/try/sync", "/try/async"):
        assert client.get(path).json() == {"email": alice.email}
        refused = client.post(path, "{}", content_type="application/json")
        assert refused.status_code == 403
        assert "CSRF" in refused.json()["detail"]
    client.get("/account/")
    token = client.cookies["csrftoken"].value
    for path in ("/try/sync", "/try/async"):
        answer = client.post(path, "{}", content_type="application/json", headers={"x-csrftoken": token})
        assert answer.status_code == 200


def test_without_anything_the_answer_is_401(db):
    assert Client().get("/try/sync").status_code == 401
    assert Client(enforce_csrf_checks=True).post("/try/async").status_code == 401


def test_a_disabled_persons_session_is_refused(alice):
    client = browser_of(alice)
    alice.is_active = False
    alice.save()
    assert client.get("/try/async").status_code == 401


# The page


def make(client, name="a script", days="90", **more):
    form = {"name": name, "days": days, "scopes": ["chat", "embeddings", "api"], **more}
    return client.post("/account/keys/", form)


def test_a_new_key_is_shown_once(alice):
    client = browser_of(alice)
    answer = make(client)
    text = answer.context["new_key"]
    assert text in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert user_for_key(text) == alice
    page = client.get("/account/").content.decode()
    assert text not in page
    assert text[:12] in page
    assert "a script" in page


def test_a_key_lasts_as_long_as_alice_chose(alice):
    client = browser_of(alice)
    make(client, days="30")
    make(client, days="0")
    for_ever, month = ApiKey.objects.order_by("-pk")
    assert for_ever.expires_at is None
    assert timedelta(days=29) < month.expires_at - timezone.now() <= timedelta(days=30)


def test_a_revoked_key_opens_nothing(alice):
    client = browser_of(alice)
    text = make(client).context["new_key"]
    client.post(f"/account/keys/{ApiKey.objects.get().pk}/revocation/")
    assert ask(text).status_code == 401
    assert "opens nothing" in client.get("/account/").content.decode()


def test_bob_neither_sees_nor_revokes_alices_key(alice, bob, key):
    client = browser_of(bob)
    assert "script" not in client.get("/account/").content.decode().partition('<table class="table">')[2]
    assert client.post(f"/account/keys/{ApiKey.objects.get().pk}/revocation/").status_code == 404
    assert user_for_key(key) == alice


def test_a_key_without_a_purpose_is_not_made(alice):
    answer = make(browser_of(alice), name="")
    assert answer.context["key_form"].errors["name"]
    assert not ApiKey.objects.exists()


@pytest.fixture
def qwen(db):
    from providers.models import Connection, Model

    lab = Connection.objects.create(name="Lab", base_url="http://gpu/v1")
    Model.objects.create(connection=lab, name="secret", public_id="secret")
    return Model.objects.create(connection=lab, name="qwen", public_id="qwen", for_everyone=True)


def test_alice_narrows_what_a_key_may_do(alice, qwen):
    client = browser_of(alice)
    make(client, scopes=["chat"], models=["qwen"], tokens_day="1000", answers_at_once="2")
    key = ApiKey.objects.get()
    assert (key.scopes, key.model_ids) == (["chat"], ["qwen"])
    assert (key.tokens_minute, key.tokens_day, key.answers_at_once) == (None, 1000, 2)
    page = " ".join(client.get("/account/").content.decode().split())
    assert "Only: <bdi>qwen</bdi>" in page
    assert "0 of 1,000 tokens used today" in page
    assert "2 answers at once" in page
    assert "secret" not in page


def test_a_key_that_opens_nothing_or_a_model_she_may_not_use_is_not_made(alice, qwen):
    client = browser_of(alice)
    assert make(client, scopes=[]).context["key_form"].errors["scopes"]
    assert make(client, models=["secret"]).context["key_form"].errors["models"]
    assert make(client, tokens_day="-1").context["key_form"].errors["tokens_day"]
    assert not ApiKey.objects.exists()


# The command


def test_the_command_prints_the_key_and_nothing_else(alice, capsys):
    call_command("create_api_key", "Alice@example.org", "--name", "nightly")
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert user_for_key(out.strip()) == alice
    assert ApiKey.objects.get().name == "nightly"


def test_the_command_says_who_is_unknown(db):
    with pytest.raises(CommandError, match=r"no account with the e-mail address nobody@example\.org"):
        call_command("create_api_key", "nobody@example.org")


def test_the_command_makes_no_key_for_somebody_disabled(disabled):
    with pytest.raises(CommandError, match="may not sign in"):
        call_command("create_api_key", disabled.email)
