"""Whether a server in the house is answering somebody, here or in another process, so that no probe gets in the way."""

from collections.abc import Callable

from providers.addresses import is_private
from providers.clients import running_on
from providers.models import Connection

_askers: list[Callable[[Connection], bool]] = []


def also_ask(asker: Callable[[Connection], bool]) -> None:
    """Whoever keeps answers says here how to tell whether one is being written on a connection."""
    _askers.append(asker)


def is_busy(connection: Connection) -> bool:
    """A service far away has room for everybody; a machine in the house mostly does one thing at a time."""
    if not is_private(connection.base_url):
        return False
    return running_on(connection.pk) > 0 or any(asker(connection) for asker in _askers)
