"""The protocol: discovery, the way there with state, nonce and PKCE, and the proof that comes back, checked in full.

Raises `SignInFailed`, whose text is a sentence for whoever signs in.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import jwt
from django.utils.translation import gettext as _

from providers.outward import OutwardError, call
from webui.accounts.oidc.models import SignInProvider
from webui.crypto import SecretUnreadable

# Made with a key pair: a provider's word cannot be forged with anything that is published.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
WELL_KNOWN = "/.well-known/openid-configuration"
LEEWAY = 60  # seconds that clocks may differ


class SignInFailed(Exception):
    """Nobody is signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """What is kept in the session until the person is back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Who it is. `email_verified` is None where the provider does not say."""

    issuer: str
    subject: str
    email: str
    email_verified: bool | None
    name: str
    groups: tuple[str, ...]


def depart() -> Departure:
    return Departure(
        state=secrets.token_urlsafe(32), nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48)
    )


def way_there(provider: SignInProvider, departure: Departure, back: str) -> str:
    """The provider's address to send the browser to."""
    digest = hashlib.sha256(departure.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": back,
        "scope": _scopes(provider),
        "state": departure.state,
        "nonce": departure.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    there = _endpoint(discovered(provider), "authorization_endpoint")
    return f"{there}{'&' if '?' in there else '?'}{urlencode(asked)}"


def discovered(provider: SignInProvider) -> dict[str, Any]:
    """The provider's own description; the issuer in it has to be the one that was entered."""
    url = provider.discovery_url.rstrip("/")
    base = url.removesuffix(WELL_KNOWN)
    found = _document(provider, f"{base}{WELL_KNOWN}")
    if str(found.get("issuer", "")).rstrip("/") != base:
        raise SignInFailed(
            _("%(name)s says that it is somebody else. An administrator has to look at its address.")
            % {"name": provider.name}
        )
    return found


def proof_from(provider: SignInProvider, code: str, departure: Departure, back: str) -> Proof:
    """Exchange the code, and believe what comes only when every part of it holds."""
    found = discovered(provider)
    token = _exchanged(provider, found, code, departure, back)
    claims = _verified(provider, found, str(token.get("id_token") or ""), departure.nonce)
    if not claims.get("email") or (provider.groups_claim and provider.groups_claim not in claims):
        claims = _completed(provider, found, claims, str(token.get("access_token") or ""))
    groups = claims.get(provider.groups_claim) if provider.groups_claim else ()
    return Proof(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        email=str(claims.get("email") or "").lower(),
        email_verified=claims.get("email_verified"),
        name=str(claims.get("name") or "")[:100],
        groups=tuple(str(one) for one in ([groups] if isinstance(groups, str) else groups or ())),
    )


def _scopes(provider: SignInProvider) -> str:
    return " ".join(dict.fromkeys(["openid", *provider.scopes.split()]))


def _exchanged(
    provider: SignInProvider, found: dict[str, Any], code: str, departure: Departure, back: str
) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": departure.verifier,
        "client_id": provider.client_id,
    }
    try:
        secret = provider.secret
    except SecretUnreadable as problem:
        raise SignInFailed(str(problem)) from None
    methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    basic = bool(secret) and "client_secret_post" not in methods
    if secret and not basic:
        form["client_secret"] = secret
    try:
        reply = call(
            _endpoint(found, "token_endpoint"), form=form, auth=(provider.client_id, secret) if basic else None
        )
        if reply.is_good:
            return reply.document()
    except OutwardError as problem:
        raise _unreachable(provider, problem) from None
    raise SignInFailed(
        _("%(name)s did not accept the sign-in. Try again; if it stays so, tell an administrator.")
        % {"name": provider.name}
    )


def _verified(provider: SignInProvider, found: dict[str, Any], token: str, nonce: str) -> dict[str, Any]:
    """Signature, issuer, audience, times and nonce."""
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise jwt.InvalidAlgorithmError
        keys = jwt.PyJWKSet.from_dict(_document(provider, _endpoint(found, "jwks_uri"))).keys
        named = [key for key in keys if key.key_id == header.get("kid")] or (keys if not header.get("kid") else [])
        if len(named) != 1:
            raise jwt.InvalidKeyError
        claims: dict[str, Any] = jwt.decode(
            token,
            named[0].key,
            algorithms=[header["alg"]],
            audience=provider.client_id,
            issuer=str(found["issuer"]),
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except jwt.PyJWTError:
        raise _unproved(provider) from None
    meant = claims.get("azp", provider.client_id) if isinstance(claims["aud"], list) else provider.client_id
    if not secrets.compare_digest(str(claims.get("nonce", "")), nonce) or meant != provider.client_id:
        raise _unproved(provider)
    return claims


def _completed(provider: SignInProvider, found: dict[str, Any], claims: dict[str, Any], token: str) -> dict[str, Any]:
    """With what the provider only tells when it is asked; about the same person, or it does not count."""
    if not token or not found.get("userinfo_endpoint"):
        return claims
    more = _document(provider, str(found["userinfo_endpoint"]), {"Authorization": f"Bearer {token}"})
    return {**more, **claims} if more.get("sub") == claims["sub"] else claims


def _endpoint(found: dict[str, Any], name: str) -> str:
    if not isinstance(found.get(name), str):
        raise SignInFailed(
            _("The provider's description lacks “%(name)s”. An administrator has to look at its address.")
            % {"name": name}
        )
    return str(found[name])


def _document(provider: SignInProvider, url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    try:
        reply = call(url, headers=headers)
        if not reply.is_good:
            raise OutwardError(_("It answered with status %(status)d.") % {"status": reply.status})
        return reply.document()
    except OutwardError as problem:
        raise _unreachable(provider, problem) from None


def _unreachable(provider: SignInProvider, problem: OutwardError) -> SignInFailed:
    return SignInFailed(
        _("%(name)s cannot be asked now. %(why)s Try again later, or sign in another way.")
        % {"name": provider.name, "why": problem}
    )


def _unproved(provider: SignInProvider) -> SignInFailed:
    return SignInFailed(
        _("What %(name)s sent does not prove who you are, so nobody was signed in. Try again.")
        % {"name": provider.name}
    )
