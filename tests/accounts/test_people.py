"""The people's page of the panel, and the one thing it must not do: leave nobody who administers."""

import re
import threading

import pytest
from django.db import connection
from django.test import Client

from tests.accounts.conftest import PASSWORD, browser_of, sign_in
from webui.accounts.auth import user_for_key
from webui.accounts.models import ApiKey, LastAdministrator, User


@pytest.fixture
def office(root):
    return browser_of(root)


def decide(office, person, decision):
    return office.post(f"/admin/people/{person.pk}/{decision}/", follow=True).content.decode()


def test_the_list_shows_everybody_with_their_state(office, alice, pending, disabled):
    page = office.get("/admin/people/").content.decode()
    for email in ("alice@example.org", "wendy@example.org", "dave@example.org", "root@example.org"):
        assert email in page
    for state in ("active", "waiting", "disabled", "administrator"):
        assert f">{state}<" in page
    assert "1 person waits" in page


def test_the_search_finds_by_name_and_by_e_mail(office, alice, bob):
    alice.name = "Alice Liddell"
    alice.save()
    for text in ("lidd", "ALICE@"):
        people = list(office.get("/admin/people/", {"q": text}).context["page"])
        assert people == [alice]
    assert "Nobody found" in office.get("/admin/people/", {"q": "zzz"}).content.decode()


def test_a_list_of_many_people_has_pages(office):
    User.objects.bulk_create(User(email=f"p{n}@example.org", password="!") for n in range(60))
    assert len(office.get("/admin/people/").context["page"]) == 50
    assert len(office.get("/admin/people/?page=2").context["page"]) == 11
    assert len(office.get("/admin/people/?page=nonsense").context["page"]) == 50


def test_wendy_is_approved_and_signs_in(office, pending):
    assert "may sign in now" in decide(office, pending, "approve")
    assert sign_in(Client(), pending.email)["Location"] == "/"


def test_wendy_is_refused_and_forgotten_and_may_ask_again(office, pending):
    assert "refused and forgotten" in decide(office, pending, "refuse")
    assert not User.objects.filter(email=pending.email).exists()


def test_somebody_already_let_in_cannot_be_refused_away(office, alice):
    assert "Nothing was changed" in decide(office, alice, "refuse")
    assert User.objects.filter(pk=alice.pk).exists()


def test_disabling_alice_ends_her_sessions_and_keys_at_once(office, alice):
    browser, other = browser_of(alice), Client()
    sign_in(other, alice.email)
    key = ApiKey.issue(alice)[1]
    decide(office, alice, "disable")
    assert browser.get("/account/").status_code == 302
    assert other.get("/account/").status_code == 302
    assert user_for_key(key) is None
    assert sign_in(Client(), alice.email)["Location"] == "/accounts/inactive/"

    decide(office, alice, "enable")
    assert browser.get("/account/").status_code == 302  # the old sessions are gone, not asleep
    assert sign_in(browser, alice.email)["Location"] == "/"


def test_disabling_alice_leaves_bobs_sessions_alone(office, alice, bob):
    browser = browser_of(bob)
    decide(office, alice, "disable")
    assert browser.get("/account/").status_code == 200


def test_a_new_administrator_sees_the_panel_and_a_former_one_does_not(office, alice):
    browser = browser_of(alice)
    assert browser.get("/admin/").status_code == 404
    decide(office, alice, "make-administrator")
    assert browser.get("/admin/").status_code == 200
    decide(office, alice, "remove-administrator")
    assert browser.get("/admin/").status_code == 404


@pytest.mark.parametrize("decision", ["disable", "remove-administrator"])
def test_the_last_administrator_stays(office, root, decision):
    assert "last administrator" in decide(office, root, decision)
    root.refresh_from_db()
    assert root.is_active
    assert root.is_superuser


def test_a_disabled_administrator_does_not_count_as_another(root, alice):
    alice.make_administrator()
    alice.disable()
    with pytest.raises(LastAdministrator):
        root.disable()
    alice.approve()
    root.remove_administrator()
    assert not User.objects.get(pk=root.pk).is_superuser


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("decision", ["disable", "remove_administrator"])
def test_two_administrators_who_demote_each_other_at_once_leave_one(root, alice, decision):
    alice.make_administrator()
    start, refused = threading.Barrier(2), []

    def decide_about(person):
        start.wait()
        try:
            getattr(User.objects.get(pk=person.pk), decision)()
        except LastAdministrator:
            refused.append(person)
        connection.close()

    threads = [threading.Thread(target=decide_about, args=[person]) for person in (root, alice)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert User.objects.administrators().get() == refused[0]


def link_on(page):
    return re.search(r'value="(http://testserver/accounts/password/reset/key/[^"]+)"', page)[1]


def set_password(client, link, new):
    form = client.get(link, follow=True)
    return client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new}, follow=True)


def test_a_password_link_works_once(office, alice):
    elsewhere = browser_of(alice)
    link = link_on(office.post(f"/admin/people/{alice.pk}/password-link/").content.decode())
    stranger = Client()
    answer = set_password(stranger, link, "a phrase from the link")
    assert "password is set" in answer.content.decode()
    assert elsewhere.get("/account/").status_code == 302
    assert sign_in(Client(), alice.email, "a phrase from the link").status_code == 302
    assert "used up" in Client().get(link, follow=True).content.decode()


def test_a_password_link_ends_when_alice_signs_in_by_herself(office, alice):
    link = link_on(office.post(f"/admin/people/{alice.pk}/password-link/").content.decode())
    sign_in(Client(), alice.email)
    assert "used up" in Client().get(link, follow=True).content.decode()


def test_a_password_link_lets_nobody_in_who_is_disabled(office, disabled):
    link = link_on(office.post(f"/admin/people/{disabled.pk}/password-link/").content.decode())
    browser = Client()
    set_password(browser, link, "a phrase from the link")
    assert sign_in(browser, disabled.email, "a phrase from the link")["Location"] == "/accounts/inactive/"


def test_an_added_person_chooses_a_password_and_signs_in(office):
    answer = office.post("/admin/people/new/", {"email": "Erin@Example.org", "name": "Erin"})
    erin = User.objects.get(email="erin@example.org")
    assert erin.is_active
    assert not erin.has_usable_password()
    assert not erin.is_superuser
    browser = Client()
    set_password(browser, link_on(answer.content.decode()), "chosen by erin herself")
    assert sign_in(browser, erin.email, "chosen by erin herself")["Location"] == "/"


def test_an_address_is_not_added_twice(office, alice):
    answer = office.post("/admin/people/new/", {"email": "ALICE@example.org", "name": "Other"})
    assert "already an account" in answer.content.decode()
    assert User.objects.count() == 2


def test_decisions_take_a_post_and_a_csrf_token(root, alice):
    office = Client(enforce_csrf_checks=True)
    office.force_login(root)
    assert office.get(f"/admin/people/{alice.pk}/disable/").status_code == 405
    assert office.post(f"/admin/people/{alice.pk}/disable/").status_code == 403
    assert User.objects.get(pk=alice.pk).is_active


def test_an_unknown_decision_or_person_is_not_found(office, alice):
    assert office.post(f"/admin/people/{alice.pk}/delete/").status_code == 404
    assert office.post("/admin/people/99999/disable/").status_code == 404


def test_the_first_page_of_the_panel_shows_who_waits_and_what_is_broken(office, pending):
    from providers.models import Connection

    Connection.objects.create(name="Basement", base_url="http://10.0.0.9/v1", problem="Nothing answers there.")
    page = office.get("/admin/").content.decode()
    assert "1 person waits" in page
    assert "Nothing answers there." in page
    assert "Vector index" in page
    assert PASSWORD not in page
