"""People of an LDAP directory: they sign in with the password that they have there. Needs the extra `ldap`.

The person is searched by what was typed, then the directory itself is asked whether the password is theirs. Nothing of
the password is kept here; whoever comes for the first time gets an account as WEBUI_SIGNUP says.
"""

import logging
from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils import timezone

from webui.accounts.hooks.sending import announce
from webui.accounts.models import User
from webui.conf import conf

if TYPE_CHECKING:
    from ldap3 import Connection

log = logging.getLogger(__name__)
SECONDS = 5
ATTRIBUTES = ["mail", "cn"]


class DirectoryBackend(ModelBackend):
    """After the accounts' own passwords; None means that nobody is signed in by this."""

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, email: str = "", password: str = "", **credentials: Any
    ) -> User | None:
        if not email or not password:  # an empty password is an anonymous bind, which always succeeds
            return None
        found = _found(email, password)
        return _account(*found) if found else None


def _found(email: str, password: str) -> tuple[str, str] | None:
    """(e-mail, name) of whom the directory knows by this password."""
    from ldap3.core.exceptions import LDAPException
    from ldap3.utils.conv import escape_filter_chars

    try:
        search = connection(conf.ldap_bind_dn, conf.ldap_bind_password)
        if not search.bind():
            log.warning("the directory does not let the searcher in; see WEBUI_LDAP_BIND_DN")
            return None
        wanted = conf.ldap_filter.replace("{email}", escape_filter_chars(email))
        search.search(conf.ldap_base, wanted, attributes=ATTRIBUTES)
        entries = search.entries
        if len(entries) != 1 or not connection(entries[0].entry_dn, password).bind():
            return None
        known = entries[0].entry_attributes_as_dict
    except LDAPException as problem:
        log.warning("the directory could not be asked (%s)", type(problem).__name__)
        return None
    mail = [str(one).lower() for one in known.get("mail", [])]
    return (mail[0], str(next(iter(known.get("cn", [])), ""))[:100]) if mail else None


def connection(dn: str, password: str) -> "Connection":
    """Not bound yet."""
    from ldap3 import ANONYMOUS, NONE, SIMPLE, Connection, Server

    server = Server(conf.ldap_url, get_info=NONE, connect_timeout=SECONDS)
    how = SIMPLE if dn else ANONYMOUS
    return Connection(
        server, user=dn or None, password=password or None, authentication=how, receive_timeout=SECONDS, read_only=True
    )


def _account(email: str, name: str) -> User | None:
    """By the address that the directory holds. An administrator's account keeps to its own password."""
    known = User.objects.filter(email__iexact=email).first()
    if known:
        return None if known.is_superuser else known
    if conf.signup == "closed" or not User.objects.exists():
        return None
    at_once = conf.signup == "open"
    person = User.objects.create_user(
        email, None, name=name, is_active=at_once, approved_at=timezone.now() if at_once else None
    )
    announce(person)
    return person
