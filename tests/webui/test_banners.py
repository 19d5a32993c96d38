"""Banners: for whom they are meant, for as long as they are meant, and at no cost when there is none."""

from datetime import timedelta

import pytest
from django.utils import timezone

from webui.banners import current
from webui.banners.models import Banner

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_known():
    current.forget()
    yield
    current.forget()


@pytest.fixture
def banner():
    def make(text="The server rests tonight.", **fields):
        current.forget()
        return Banner.objects.create(text=text, **fields)

    return make


def seen(client, path="/account/"):
    return client.get(path).content.decode()


def test_alice_reads_it_in_her_language_until_its_time_is_over(client, alice, banner):
    shown = banner(text_zh="服务器今晚休息。", ends_at=timezone.now() + timedelta(hours=1))
    client.force_login(alice)
    assert "The server rests tonight." in seen(client)
    client.cookies["django_language"] = "zh-hans"
    assert "服务器今晚休息。" in seen(client)
    Banner.objects.filter(pk=shown.pk).update(ends_at=timezone.now() - timedelta(seconds=1))
    current.forget()
    assert "服务器今晚休息。" not in seen(client)


def test_one_language_is_for_everybody_and_later_is_not_yet(client, alice, banner):
    banner("Only English.")
    banner("Not yet.", starts_at=timezone.now() + timedelta(hours=1))
    client.force_login(alice)
    client.cookies["django_language"] = "zh-hans"
    assert "Only English." in seen(client)
    assert "Not yet." not in seen(client)


def test_visitors_see_only_what_is_meant_for_them(client, banner):
    banner("For us.")
    banner("For all.", at_sign_in=True)
    page = seen(client, "/accounts/login/")
    assert "For all." in page
    assert "For us." not in page


def test_a_closed_one_stays_away_until_it_is_changed(client, alice, root, banner):
    shown, fixed = banner(), banner("This stays.", can_be_closed=False)
    client.force_login(alice)
    client.cookies["closed_banners"] = f"{shown.mark}.{fixed.mark}"
    assert shown.text not in seen(client)
    assert "This stays." in seen(client)
    Banner.objects.filter(pk=shown.pk).update(changed_at=timezone.now() + timedelta(seconds=5))
    current.forget()
    assert shown.text in seen(client)


def test_words_stay_words_and_addresses_become_links(client, alice, banner):
    banner("<script>window.hacked=1</script> https://example.org/status javascript:alert(1)")
    client.force_login(alice)
    page = seen(client)
    assert "&lt;script&gt;" in page
    assert '<a href="https://example.org/status" rel="noopener noreferrer nofollow"' in page
    assert 'href="javascript' not in page


def test_without_a_change_pages_ask_the_database_once(client, alice, banner, django_assert_num_queries):
    banner()
    current.shown(signed_in=True)
    with django_assert_num_queries(0):
        assert len(current.shown(signed_in=True)) == 1
    Banner.objects.all().delete()
    current.forget()
    current.shown(signed_in=True)
    with django_assert_num_queries(0):
        assert current.shown(signed_in=True) == []


def test_root_writes_changes_and_takes_away(client, root, alice):
    client.force_login(root)
    assert "Write something" in client.post("/admin/banners/", {"kind": "info"}).content.decode()
    times = {"starts_at": "2030-01-02T10:00", "ends_at": "2030-01-01T10:00"}
    page = client.post("/admin/banners/", {"kind": "warn", "text": "Soon", **times}).content.decode()
    assert "It would end before it begins." in page
    assert client.post("/admin/banners/", {"kind": "warn", "text": "Tonight", "can_be_closed": "on"}).status_code == 302
    made = Banner.objects.get()
    assert "notice--warn" in seen(client)
    client.post(f"/admin/banners/{made.pk}/", {"kind": "error", "text": "Tomorrow"})
    assert "Tomorrow" in seen(client)
    client.post(f"/admin/banners/{made.pk}/delete/")
    assert "Tomorrow" not in seen(client)
    client.force_login(alice)
    assert client.get("/admin/banners/").status_code == 404
