"""Which sites may be searched and read: a domain means itself and what is below it. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from knowledge.web import addresses

MOST = 500


@dataclass(frozen=True, slots=True)
class Domains:
    """Lists of names like example.org; without allowed ones, all are. What is denied is denied whatever is allowed."""

    allowed: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.allowed or self.denied)

    def admit(self, url: str) -> bool:
        try:
            above = set(_above(addresses.parse(url).host))
        except addresses.NotAllowed:
            return False
        return not above & self.denied and (not self.allowed or bool(above & self.allowed))


def listed(text: str) -> tuple[list[str], list[str]]:
    """(domains, entries that are none) of what an administrator wrote: `*.example.org`, an address, a bare name."""
    good: dict[str, None] = {}
    bad = []
    for entry in re.split(r"[\s,;，；]+", text.strip()):
        if not entry:
            continue
        name = (urlsplit(entry).netloc if "//" in entry else entry.partition("/")[0]).removeprefix("*.").lstrip(".")
        try:
            good[addresses.parse(f"http://{name}/").host] = None
        except (addresses.NotAllowed, ValueError):
            bad.append(entry)
    return list(good), bad


def domains(allowed: str, denied: str) -> Domains:
    return Domains(_of(listed(allowed)[0]), _of(listed(denied)[0]))


def _of(names: Iterable[str]) -> frozenset[str]:
    return frozenset(list(names)[:MOST])


def _above(host: str) -> Iterable[str]:
    """a.b.example.org, b.example.org, example.org, org; an IP address is only itself."""
    yield host
    if ":" in host or host.replace(".", "").isdigit():
        return
    labels = host.split(".")
    for start in range(1, len(labels)):
        yield ".".join(labels[start:])
