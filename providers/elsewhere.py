"""What the hosts of a pool have to do for other web processes: told through the shared cache, some seconds old."""

import time
import uuid
from collections.abc import Mapping
from uuid import UUID

from django.core.cache import cache

HOLDS_FOR = 15.0  # seconds after which what a process said is no longer counted
_me = uuid.uuid4().hex


def exchange(own: Mapping[UUID, int]) -> dict[UUID, int]:
    """{connection: answers under way} of this process for those of the others.

    Two that speak at once may miss each other for one round, which only costs a less even choice.
    """
    now = time.time()
    keys = {f"running:{connection.hex}": connection for connection in own}
    told: dict[str, dict[str, tuple[int, float]]] = cache.get_many(keys)
    said, others = {}, {}
    for key, connection in keys.items():
        fresh = {
            who: (count, at) for who, (count, at) in told.get(key, {}).items() if who != _me and now - at < HOLDS_FOR
        }
        others[connection] = sum(count for count, _at in fresh.values())
        said[key] = {**fresh, _me: (own[connection], now)}
    cache.set_many(said, timeout=int(4 * HOLDS_FOR))
    return others
