"""A person signs in at a tool server with OAuth: their tokens are theirs alone, encrypted, and renewed."""

import base64
import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from providers.models import ToolServer, ToolSignIn
from providers.tools import oauth
from providers.tools.base import ToolError
from tests.servers.sockets import SocketServer, response


class Doorman(SocketServer):
    """Lets people in, as the specification of MCP has it."""

    def __init__(self):
        super().__init__(self._answer)
        self.forms = []
        self.good = True
        self.registers = True
        self.secrets = []

    async def _answer(self, request, writer):
        path = request.path.partition("?")[0]
        if path.startswith("/.well-known/oauth-protected-resource"):
            told = {
                "resource": f"{self.address}/mcp",
                "authorization_servers": [self.address],
                "scopes_supported": ["notes"],
            }
        elif path == "/.well-known/oauth-authorization-server":
            ends = {"authorization": "authorize", "token": "token"}
            ends |= {"registration": "register"} if self.registers else {}
            told = {
                "issuer": self.address,
                **{f"{name}_endpoint": f"{self.address}/{end}" for name, end in ends.items()},
            }
        elif path == "/register":
            told = {"client_id": "client-7"}
        elif path == "/token" and self.good:
            self.secrets.append(request.headers.get("authorization"))
            self.forms.append({name: value[0] for name, value in parse_qs(request.body.decode()).items()})
            number = len(self.forms)
            told = {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}", "token_type": "Bearer",
                    "expires_in": 3600}  # fmt: skip
        else:
            writer.write(response(b"{}", "400 Bad Request", media_type="application/json"))
            return
        writer.write(response(json.dumps(told).encode(), media_type="application/json"))


@pytest.fixture
def doorman():
    with Doorman() as server:
        yield server


@pytest.fixture
def notes(doorman, db):
    return ToolServer.objects.create(name="Notes", url=f"{doorman.address}/mcp", auth="oauth", for_everyone=True)


def page_of(user):
    client = Client()
    client.force_login(user)
    return client


def sign_in(client, server):
    where = client.post(f"/tools/{server.pk}/sign-in/")["Location"]
    asked = {name: value[0] for name, value in parse_qs(urlsplit(where).query).items()}
    return asked, client.get("/tools/sign-in/done/", {"code": "c0de", "state": asked["state"]}, follow=True)


def test_alice_signs_in_and_nobody_sees_her_tokens(alice, bob, root, notes, doorman):
    notes.tools.create(name="read", policy="ask", nature="reads", pin="x")
    asked, page = sign_in(page_of(alice), notes)
    assert "You are signed in there" in page.content.decode()
    assert (asked["client_id"], asked["code_challenge_method"], asked["scope"]) == ("client-7", "S256", "notes")
    form = doorman.forms[0]
    assert (form["grant_type"], form["code"], form["resource"]) == ("authorization_code", "c0de", notes.url)
    assert len(form["code_verifier"]) >= 43
    row = ToolSignIn.objects.get()
    assert "access-1" not in row.encrypted
    notes.refresh_from_db()
    assert "client-7" not in notes.client
    assert oauth.token_of(notes, alice) == "access-1"
    with pytest.raises(ToolError):
        oauth.token_of(notes, bob)
    listed = page_of(alice).get("/api/tools").content.decode()
    assert json.loads(listed)["servers"][0]["signed_in"] is True
    assert json.loads(page_of(bob).get("/api/tools").content)["servers"][0]["signed_in"] is False
    panel = page_of(root).get(f"/admin/tools/{notes.pk}/").content.decode()
    assert "access-1" not in listed + panel
    assert "refresh-1" not in listed + panel


def test_where_no_client_is_taken_in_an_administrator_enters_one(alice, root, notes, doorman):
    doorman.registers = False
    hers = page_of(alice)
    assert "has to register one there" in hers.post(f"/tools/{notes.pk}/sign-in/").content.decode()
    panel, address = page_of(root), f"/admin/tools/{notes.pk}/"
    assert "/tools/sign-in/done/" in panel.get(address).content.decode()
    form = {"name": "Notes", "url": notes.url, "auth": "oauth", "enabled": "on", "for_everyone": "on"}
    assert "belongs to a client id" in panel.post(address, form | {"oauth_secret": "s3cret-word"}).content.decode()
    mine = {"oauth_client": "by hand", "oauth_secret": "s3cret-word"}
    assert panel.post(address, form | mine).status_code == 302
    notes.refresh_from_db()
    assert "s3cret-word" not in notes.client
    assert "s3cret-word" not in panel.get(address).content.decode()
    assert panel.post(address, form | {"oauth_client": "by hand"}).status_code == 302  # an empty field keeps it
    asked, page = sign_in(hers, notes)
    assert asked["client_id"] == "by hand"
    assert "You are signed in there" in page.content.decode()
    assert base64.b64decode(doorman.secrets[-1].removeprefix("Basic ")) == b"by%20hand:s3cret-word"
    assert "client_secret" not in doorman.forms[-1]
    # Another address is another server: nobody's token goes there.
    panel.post(address, form | {"oauth_client": "by hand", "url": f"{doorman.address}/other"})
    assert not ToolSignIn.objects.exists()
    notes.refresh_from_db()
    assert oauth.by_hand(notes) == {"by_hand": True, "client_id": "by hand", "client_secret": ""}


def test_a_code_that_somebody_else_began_is_worth_nothing(alice, bob, notes, doorman):
    hers = page_of(alice)
    where = hers.post(f"/tools/{notes.pk}/sign-in/")["Location"]
    state = parse_qs(urlsplit(where).query)["state"][0]
    assert page_of(bob).get("/tools/sign-in/done/", {"code": "c", "state": state}).status_code == 404
    assert hers.get("/tools/sign-in/done/", {"code": "c", "state": "other"}).status_code == 404
    assert doorman.forms == []


def test_a_token_is_renewed_and_a_lost_one_is_forgotten(alice, notes, doorman):
    sign_in(page_of(alice), notes)
    ToolSignIn.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert oauth.token_of(notes, alice) == "access-2"
    assert doorman.forms[-1]["refresh_token"] == "refresh-1"
    ToolSignIn.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    doorman.good = False
    with pytest.raises(ToolError, match="has run out"):
        oauth.token_of(notes, alice)
    assert not ToolSignIn.objects.exists()


def test_who_may_not_use_a_server_cannot_sign_in_there(bob, notes, doorman):
    ToolServer.objects.update(for_everyone=False)
    assert page_of(bob).post(f"/tools/{notes.pk}/sign-in/").status_code == 404
