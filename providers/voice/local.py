"""The models of this server's own voice process: a connection like others, but for its address.

That changes with every start, so what the row holds may lead nowhere; the settings say where it is.
"""

from typing import TYPE_CHECKING

from webui.conf import conf

if TYPE_CHECKING:
    from providers.models import Connection

PRODUCT = "webui voice"
NAME = "Voice of this server"
PLACE = "http://voice.webui.internal/v1"


def is_local(connection: "Connection") -> bool:
    return connection.product == PRODUCT


def address_of(connection: "Connection") -> str:
    """Where its /audio/ is, without a slash at the end."""
    return f"{conf.voice_url}/v1" if is_local(connection) and conf.voice_url else connection.base_url
