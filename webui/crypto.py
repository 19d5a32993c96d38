"""Secrets at rest: provider keys are stored encrypted, the key lies outside the database (Fernet, HKDF-SHA256)."""

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from webui.conf import conf


class SecretUnreadable(Exception):
    """The stored secret was encrypted with another WEBUI_SECRET_KEY."""


class Box:
    """What is shut and opened with one key."""

    def __init__(self, key: str) -> None:
        derived = HKDF(SHA256(), length=32, salt=None, info=b"webui secrets at rest").derive(key.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def encrypt(self, secret: str) -> str:
        """The secret as text for a database column; empty stays empty."""
        return self._fernet.encrypt(secret.encode()).decode() if secret else ""

    def decrypt(self, stored: str) -> str:
        """What `encrypt` was given; raises `SecretUnreadable` when it was another key's."""
        if not stored:
            return ""
        try:
            return self._fernet.decrypt(stored.encode()).decode()
        except InvalidToken:
            raise SecretUnreadable("This key was stored with another WEBUI_SECRET_KEY; enter it again.") from None


def encrypt(secret: str) -> str:
    """With this installation's key."""
    return _own().encrypt(secret)


def decrypt(stored: str) -> str:
    """Likewise; raises `SecretUnreadable` when the key has changed."""
    return _own().decrypt(stored)


@cache
def _own() -> Box:
    return Box(conf.secret_key)
