"""An OpenID Connect provider: `oidc.person` is who signs in there, `oidc.fault` what it does wrong.

with Oidc() as oidc:
    back = oidc.approve(address_of_the_browser)   # the address that the browser is sent back to
"""

import asyncio
import base64
import hashlib
import json
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.servers.sockets import Request, SocketServer, response

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Oidc(SocketServer):
    def __init__(self) -> None:
        super().__init__(self._answer)
        self.client, self.secret, self.fault = "webui", "s3cret-of-the-client", ""
        self.person = {"sub": "u-1", "email": "erin@example.org", "email_verified": True, "name": "Erin"}
        self._codes: dict[str, dict[str, str]] = {}

    def approve(self, there: str) -> str:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        path = urlsplit(request.path).path
        handler = {
            "/.well-known/openid-configuration": self._description,
            "/jwks": self._keys,
            "/token": self._token,
            "/userinfo": lambda _request: self.person,
        }.get(path)
        found = handler(request) if handler else None
        status = "200 OK" if found is not None else "400 Bad Request"
        writer.write(response(json.dumps(found or {"error": "x"}).encode(), status, "application/json"))

    def _description(self, _request):
        issuer = "https://evil.example" if self.fault == "issuer" else self.address
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/jwks",
            "userinfo_endpoint": f"{self.address}/userinfo",
        }

    def _keys(self, _request):
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [key | {"kid": "one", "use": "sig", "alg": "RS256"}]}

    def _token(self, request):
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        asked = self._codes.pop(form.get("code", ""), None)
        basic = "Basic " + base64.b64encode(f"{self.client}:{self.secret}".encode()).decode()
        if asked is None or request.headers.get("authorization") != basic or self.fault == "token":
            return None
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return None
        return {"access_token": "at", "token_type": "Bearer", "id_token": self._signed(asked["nonce"])}

    def _signed(self, nonce):
        now = int(time.time())
        claims = self.person | {"iss": self.address, "aud": self.client, "nonce": nonce, "iat": now, "exp": now + 300}
        claims |= {
            "nonce": {"nonce": "another"},
            "audience": {"aud": "another-client"},
            "expired": {"iat": now - 9000, "exp": now - 8000},
            "iss": {"iss": "https://evil.example"},
            "azp": {"aud": [self.client, "another"], "azp": "another"},
        }.get(self.fault, {})
        if self.fault == "unsigned":
            return jwt.encode(claims, None, algorithm="none", headers={"kid": "one"})
        if self.fault == "shared key":
            return jwt.encode(claims, "x" * 40, algorithm="HS256", headers={"kid": "one"})
        key = OTHER if self.fault == "signature" else KEY
        kid = "two" if self.fault == "unknown key" else "one"
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})
