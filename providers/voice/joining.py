"""The voice process of this machine among the connections. Who may use its models is said as for all others."""

from providers.catalog import discover
from providers.models import Connection
from providers.voice.local import NAME, PLACE, PRODUCT
from webui.conf import conf


def join_own_voice() -> None:
    """At the start: the connection is made once, and its models are looked at."""
    if not conf.voice_url:
        return
    connection = Connection.objects.filter(product=PRODUCT).first()
    if connection is None:
        connection = Connection.objects.create(name=NAME, base_url=PLACE, product=PRODUCT)
    if connection.enabled:
        discover(connection)
