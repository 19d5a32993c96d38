"""The looks that may take long, at servers and folders: side by side in threads, all together within a time limit.

None of them touches the database, so none needs a connection of its own. What is not back in time counts as silent; its
thread ends by its own time limit.
"""

import json
import logging
import shutil
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from webui.conf import conf

TOGETHER = 1.5  # seconds for all of them
ALONE = 1.2  # seconds for one question to a server
MOST_FILES = 20_000
log = logging.getLogger(__name__)
# Straight to the server: a proxy of the environment is for the outside.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Silent(Exception):
    """No usable answer in time."""


@dataclass(frozen=True, kw_only=True)
class Disk:
    """Bytes."""

    total: int
    free: int

    @property
    def is_low(self) -> bool:
        return self.free < 1024**3 or self.free < self.total * 0.05


def together(probes: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """What each gave; None for those that failed or are not back in time."""
    found: dict[str, Any] = {}

    def one(name: str, probe: Callable[[], Any]) -> None:
        try:
            found[name] = probe()
        except (Silent, OSError):
            found[name] = None
        except Exception:  # the rim of this thread: nobody else would hear of it
            log.exception("Looking at %s failed", name)
            found[name] = None

    threads = [
        threading.Thread(target=one, args=item, name=f"look at {item[0]}", daemon=True) for item in probes.items()
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + TOGETHER
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return {name: found.get(name) for name in probes}


def document(url: str, seconds: float = ALONE) -> Any:
    """The JSON at an address. Raises `Silent`."""
    try:
        with _opener.open(url, timeout=seconds) as answer:
            return json.loads(answer.read(4 * 1024 * 1024))
    except (OSError, ValueError, urllib.error.URLError):
        raise Silent from None


def opens(address: str) -> bool:
    """Whether something accepts a connection there; a request would wake a model that is idle on purpose."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((str(parts.hostname), port), timeout=ALONE):
            return True
    except OSError:
        return False


def redis_info() -> dict[str, Any]:
    """INFO, and the seconds by which Redis' clock differs from ours. Raises `Silent`."""
    from redis import Redis, RedisError

    try:
        with Redis.from_url(conf.redis_url, socket_timeout=ALONE, socket_connect_timeout=ALONE) as redis:
            info = dict(redis.info())
            seconds, micro = redis.time()
            return info | {"ahead": seconds + micro / 1e6 - time.time()}
    except RedisError:
        raise Silent from None


def disk(folder: Path) -> Disk:
    usage = shutil.disk_usage(folder)
    return Disk(total=usage.total, free=usage.free)


def folder_size(folder: Path) -> int | None:
    """Bytes of all files in it, None when there are too many to count in passing."""
    total = 0
    for number, path in enumerate(folder.rglob("*")):
        if number >= MOST_FILES:
            return None
        try:
            total += path.lstat().st_size
        except OSError:
            continue  # gone meanwhile
    return total
