"""Connects servers and looks at them, on a site's database: `python -m tests.bench.parts.connections ADDRESS…`.

Prints the seconds that looking at all of them took, and how many models are known then. What is found is for everybody.
"""

import json
import os
import sys
import time


def look(addresses: list[str]) -> dict[str, float]:
    from providers import catalog, clients
    from providers.models import Connection, Model, NewModels

    clients.warm()  # as the web process does at its start
    NewModels.objects.get_or_create(connection=None, rule=NewModels.Rule.EVERYONE)
    for address in addresses:
        kind = "ollama" if address.endswith("#ollama") else "openai"
        url = address.removesuffix("#ollama")
        Connection.objects.get_or_create(base_url=url, defaults={"name": url.rpartition(":")[2], "kind": kind})
    begun = time.monotonic()
    catalog.discover_all(list(Connection.objects.all()))
    seconds = time.monotonic() - begun
    return {"seconds": round(seconds, 2), "models": Model.objects.filter(present=True).count()}


def age() -> dict[str, float]:
    """As if all had been looked at long ago, so that whoever opens the picker has them looked at again."""
    from datetime import timedelta

    from django.utils import timezone

    from providers.models import Connection

    return {"aged": Connection.objects.update(checked_at=timezone.now() - timedelta(hours=1))}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webui.settings")
    import django

    django.setup()
    print(json.dumps(look(sys.argv[1:]) if sys.argv[1:] else age()))
