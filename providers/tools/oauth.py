"""Signing in at a tool server: OAuth 2.1 with PKCE, a client of our own at each, and tokens of each person alone.

As the MCP specification has it: the server says who lets people in (RFC 9728), that one says where (RFC 8414), and
takes us in as a client (RFC 7591) unless an administrator has entered one. Synchronous. Raises `ToolError`.
"""

import base64
import hashlib
import json
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from django.utils import timezone
from django.utils.translation import gettext as _

from providers.models import ToolServer, ToolSignIn
from providers.outward import OutwardError, Reply, call
from providers.tools.base import ToolError
from providers.tools.guarded import checked_address
from webui.crypto import SecretUnreadable, decrypt, encrypt

if TYPE_CHECKING:
    from webui.accounts.models import User

SOON = 30  # seconds before its end in which a token is renewed
_ENDPOINTS = ("authorization_endpoint", "token_endpoint")


def begin(server: ToolServer, redirect: str) -> tuple[str, dict[str, str]]:
    """Where the person's browser goes to sign in, and what is to be kept in their session until they come back."""
    client = _client(server, redirect)
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": client["client_id"],
        "redirect_uri": redirect,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "resource": server.url,
    }
    if client.get("scope"):
        asked["scope"] = client["scope"]
    end = client["authorization_endpoint"]
    joint = "&" if urlsplit(end).query else "?"
    return f"{end}{joint}{urlencode(asked)}", {"server": str(server.pk), "state": state, "verifier": verifier}


def finish(server: ToolServer, user: "User", code: str, verifier: str, redirect: str) -> None:
    """Turns the code into tokens, which are stored for this person alone."""
    client = _client(server, redirect)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
    _keep(server, user, _tokens(server, client, form))


def token_of(server: ToolServer, user: "User | None") -> str:
    """This person's token, renewed where its time is up."""
    if user is None:
        raise ToolError(_("Sign in at “%(name)s” first.") % {"name": server.name}, sign_in=True)
    row = _row(server, user)
    kept = _read(row.encrypted)
    if row.expires_at is None or row.expires_at > timezone.now() + timedelta(seconds=SOON):
        return str(kept["access_token"])
    fresh = _renewed(server, kept)
    if fresh is not None:
        _keep(server, user, fresh)
        return str(fresh["access_token"])
    now = _row(server, user)
    if now.encrypted != row.encrypted:
        # Another call has renewed it in this moment: such a token is mostly good once.
        return str(_read(now.encrypted)["access_token"])
    forget(server, user)
    raise ToolError(_("Your sign-in at “%(name)s” has run out. Sign in again.") % {"name": server.name}, sign_in=True)


def _row(server: ToolServer, user: "User") -> ToolSignIn:
    row = ToolSignIn.objects.filter(server=server, user=user).first()
    if row is None:
        raise ToolError(_("Sign in at “%(name)s” first.") % {"name": server.name}, sign_in=True)
    return row


def enter(server: ToolServer, client_id: str, secret: str) -> None:
    """The client that an administrator has made there by hand; without an id we register by ourselves. Not saved. Who
    has signed in as another client has to do so once more, when their token runs out."""
    known = by_hand(server)
    if client_id == known.get("client_id", "") and not secret:
        return
    made = {"by_hand": True, "client_id": client_id, "client_secret": secret}
    server.client = encrypt(json.dumps(made)) if client_id else ""


def by_hand(server: ToolServer) -> dict[str, Any]:
    """What was entered by hand, {} when nothing was or it cannot be read."""
    try:
        known = _read(server.client) if server.client else {}
    except ToolError:
        return {}
    return known if known.get("by_hand") else {}


def forget(server: ToolServer, user: "User") -> None:
    ToolSignIn.objects.filter(server=server, user=user).delete()


def _renewed(server: ToolServer, kept: dict[str, Any]) -> dict[str, Any] | None:
    if not kept.get("refresh_token"):
        return None
    form = {"grant_type": "refresh_token", "refresh_token": kept["refresh_token"]}
    try:
        return {"refresh_token": kept["refresh_token"], **_tokens(server, _client(server, ""), form)}
    except ToolError:
        return None


def _keep(server: ToolServer, user: "User", tokens: dict[str, Any]) -> None:
    kept = {name: tokens[name] for name in ("access_token", "refresh_token") if tokens.get(name)}
    seconds = tokens.get("expires_in")
    known = isinstance(seconds, int | float) and 0 < seconds < 10**9
    until = timezone.now() + timedelta(seconds=float(seconds)) if known and seconds is not None else None
    row = {"encrypted": encrypt(json.dumps(kept)), "expires_at": until}
    ToolSignIn.objects.update_or_create(server=server, user=user, defaults=row)


def _tokens(server: ToolServer, client: dict[str, Any], form: dict[str, str]) -> dict[str, Any]:
    form = {**form, "client_id": client["client_id"], "resource": server.url}
    how: dict[str, Any] = {}
    if secret := client.get("client_secret"):
        if client.get("basic"):
            how["auth"] = (quote(client["client_id"], safe=""), quote(secret, safe=""))
        else:
            form["client_secret"] = secret
    answer = _called(client["token_endpoint"], form=form, **how)
    found = _document(answer) if answer.is_good else {}
    kind = str(found.get("token_type", "bearer")).lower()
    if not isinstance(found.get("access_token"), str) or not found["access_token"] or kind != "bearer":
        raise ToolError(_("“%(name)s” did not let you in. Try again.") % {"name": server.name}, sign_in=True)
    return found


def _client(server: ToolServer, redirect: str) -> dict[str, Any]:
    """The client that we are there; made at the first sign-in, and again when we are reached by another address."""
    if not server.client:
        server.refresh_from_db(fields=["client"])
    known = _read(server.client) if server.client else {}
    ours = known.get("by_hand")
    if all(name in known for name in _ENDPOINTS) and (not redirect or known.get("redirect") == redirect or ours):
        return known
    if not redirect:
        raise ToolError(_("Sign in at “%(name)s” first.") % {"name": server.name}, sign_in=True)
    client = {**_metadata(server), "redirect": redirect}
    client |= known if ours else _registered(server, client, redirect)
    server.client = encrypt(json.dumps(client))
    ToolServer.objects.filter(pk=server.pk).update(client=server.client)
    return client


def _registered(server: ToolServer, metadata: dict[str, Any], redirect: str) -> dict[str, Any]:
    where = metadata.get("registration_endpoint")
    if not where:
        raise _takes_none(server)
    asked = {
        "client_name": "webui",
        "redirect_uris": [redirect],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }
    answer = _called(str(where), content=json.dumps(asked).encode(), headers={"Content-Type": "application/json"})
    found = _document(answer) if answer.is_good else {}
    if not isinstance(found.get("client_id"), str):
        raise _takes_none(server)
    return {name: found[name] for name in ("client_id", "client_secret") if found.get(name)}


def _takes_none(server: ToolServer) -> ToolError:
    return ToolError(
        _(
            "“%(name)s” takes no new clients by itself. "
            "An administrator has to register one there and enter its id under Tools."
        )
        % {"name": server.name}
    )


def _metadata(server: ToolServer) -> dict[str, Any]:
    """Where people sign in, as the server and its authority say. Each address is one that may be called."""
    parts = urlsplit(server.url)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    resource = _first([f"{origin}/.well-known/oauth-protected-resource{tail}" for tail in dict.fromkeys((path, ""))])
    named = resource.get("authorization_servers")
    issuer = str(named[0]) if isinstance(named, list) and named else origin
    where = urlsplit(checked_address(issuer))
    base, tail = f"{where.scheme}://{where.netloc}", where.path.rstrip("/")
    found = _first(
        [
            f"{base}/.well-known/oauth-authorization-server{tail}",
            f"{base}/.well-known/openid-configuration{tail}",
            f"{base}{tail}/.well-known/openid-configuration",
        ]
    )
    if not all(isinstance(found.get(name), str) for name in _ENDPOINTS):
        raise ToolError(_("“%(name)s” does not say where one signs in.") % {"name": server.name})
    if found.get("issuer") and str(found["issuer"]).rstrip("/") != issuer.rstrip("/"):
        raise ToolError(_("“%(name)s” does not say where one signs in.") % {"name": server.name})
    names = (*_ENDPOINTS, "registration_endpoint")
    told: dict[str, Any] = {name: checked_address(found[name]) for name in names if isinstance(found.get(name), str)}
    # A secret goes into the form where that is said to be taken, else where RFC 8414 says it does.
    told["basic"] = "client_secret_post" not in (found.get("token_endpoint_auth_methods_supported") or ())
    scopes = resource.get("scopes_supported")
    return told | ({"scope": " ".join(map(str, scopes))[:500]} if isinstance(scopes, list) and scopes else {})


def _first(addresses: list[str]) -> dict[str, Any]:
    for address in addresses:
        answer = _called(address)
        if answer.is_good:
            return _document(answer)
    return {}


def _called(url: str, **how: Any) -> Reply:
    try:
        return call(url, **how)
    except OutwardError as problem:
        raise ToolError(str(problem)) from None


def _document(answer: Reply) -> dict[str, Any]:
    try:
        return answer.document()
    except OutwardError as problem:
        raise ToolError(str(problem)) from None


def _read(stored: str) -> dict[str, Any]:
    try:
        found = json.loads(decrypt(stored))
    except (SecretUnreadable, ValueError):
        raise ToolError(_("This sign-in cannot be read any more. Sign in again."), sign_in=True) from None
    return found if isinstance(found, dict) else {}
