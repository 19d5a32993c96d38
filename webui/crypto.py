"""Secrets at rest: provider keys are stored encrypted, the key lies outside the database (Fernet, HKDF-SHA256)."""

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from webui.conf import conf


class SecretUnreadable(Exception):
    """The stored secret was encrypted with another WEBUI_SECRET_KEY."""


def encrypt(secret: str) -> str:
    """The secret as text for a database column; empty stays empty."""
    return _fernet().encrypt(secret.encode()).decode() if secret else ""


def decrypt(stored: str) -> str:
    """What `encrypt` was given; raises `SecretUnreadable` when the key has changed."""
    if not stored:
        return ""
    try:
        return _fernet().decrypt(stored.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable("This key was stored with another WEBUI_SECRET_KEY; enter it again.") from None


@cache
def _fernet() -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"webui secrets at rest").derive(conf.secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
