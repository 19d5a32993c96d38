"""Where one is signed in, and signing out there."""

from allauth.usersessions.models import UserSession
from django.test import Client

from tests.accounts.conftest import browser_of, sign_in
from webui.audit.models import Entry

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
DESK = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def browser(person, agent):
    client = Client(HTTP_USER_AGENT=agent)
    sign_in(client, person.email)
    return client


def is_signed_in(client):
    return client.get("/account/").status_code == 200


def test_alice_sees_her_browsers_and_signs_one_out(alice, bob):
    here, phone, his = browser(alice, DESK), browser(alice, PHONE), browser(bob, DESK)
    page = here.get("/account/sessions/").content.decode()
    assert "Firefox · Linux" in page
    assert "Safari · iPhone" in page
    assert page.count("this browser") >= 1
    theirs = UserSession.objects.get(user=bob)
    assert here.post(f"/account/sessions/{theirs.pk}/end/").status_code == 404
    other = UserSession.objects.get(user=alice, user_agent=PHONE)
    here.post(f"/account/sessions/{other.pk}/end/")
    assert [is_signed_in(one) for one in (here, phone, his)] == [True, False, True]
    assert Entry.objects.filter(action="sessions ended").count() == 1


def test_everywhere_else_is_all_but_this_browser(alice):
    here, phone, tablet = (browser(alice, agent) for agent in (DESK, PHONE, PHONE))
    here.post("/account/sessions/end/")
    assert [is_signed_in(one) for one in (here, phone, tablet)] == [True, False, False]
    assert "Sign out everywhere else" not in here.get("/account/sessions/").content.decode()


def test_an_administrator_signs_alice_out_everywhere(root, alice):
    phone, office = browser(alice, PHONE), browser_of(root)
    assert "Safari · iPhone" in office.get(f"/admin/people/{alice.pk}/").content.decode()
    office.post(f"/admin/people/{alice.pk}/sign-out/")
    assert not is_signed_in(phone)
