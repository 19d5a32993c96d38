"""Which addresses may be fetched for a person: one parser of URLs, one judge of IP addresses. Pure.

The judge is an allow rule: global unicast, after unwrapping the forms that carry an IPv4 address inside an IPv6 one.
`is_private` and `is_global` of the standard library are not enough: several of these forms count as global there.
Raises `NotAllowed` and nothing else.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote, unquote, urljoin, urlsplit

import idna

IPAddress = IPv4Address | IPv6Address
DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_URL = 4000

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_PORT = re.compile(r"[0-9]{1,5}")
_FORBIDDEN_CHARACTERS = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ufeff]")

_IPV4_REFUSED = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; holds a cloud's metadata service
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's metadata service on an ordinary-looking address
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_IPV6_UNICAST = IPv6Network("2000::/3")
_IPV6_REFUSED = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4: carries any IPv4 address
        "2620:4f:8000::/48",
        "3ffe::/16",
        "3fff::/20",
        # Outside of 2000::/3, so refused anyway; named because they have been forgotten before.
        "64:ff9b:1::/48",  # local NAT64: carries any IPv4 address
        "100::/64",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


class NotAllowed(Exception):
    """This URL or address is not one that may be fetched for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAddress:
    """A URL, parsed once. `host` is a lower-case ASCII name or an IP address in its usual form, without brackets."""

    scheme: str
    host: str
    port: int
    path: str  # with the query, percent-encoded

    @property
    def is_ip(self) -> bool:
        return ":" in self.host or _ends_in_number(self.host)

    @property
    def has_usual_port(self) -> bool:
        return self.port in DEFAULT_PORTS.values()

    @property
    def authority(self) -> str:
        """Host and port as they stand in a URL and in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


@dataclass(frozen=True, slots=True)
class Exceptions:
    """Hosts and networks an operator allows besides public addresses; these may use any port."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[str]) -> "Exceptions":
        """From names and networks as an operator writes them: wiki.corp, 10.1.0.0/16, [::1]."""
        hosts, networks = set(), []
        for entry in entries:
            try:
                networks.append(ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                hosts.add(_host(entry))
        return cls(frozenset(hosts), tuple(networks))

    def allows(self, address: IPAddress) -> bool:
        plain = _mapped(address) or address
        return any(plain in network for network in self.networks)


def parse(url: str) -> WebAddress:
    """The one reading of a URL that everything after it uses."""
    url = url.strip(" \t\r\n")
    if len(url) > LONGEST_URL or _FORBIDDEN_CHARACTERS.search(url):
        raise NotAllowed
    try:
        parts = urlsplit(url)
    except ValueError:
        raise NotAllowed from None
    if parts.scheme not in DEFAULT_PORTS or not parts.netloc or "@" in parts.netloc:
        raise NotAllowed
    host, port = _host_and_port(parts.netloc)
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        path += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return WebAddress(
        scheme=parts.scheme, host=_host(host), port=int(port) if port else DEFAULT_PORTS[parts.scheme], path=path
    )


def follow(address: WebAddress, location: str) -> WebAddress:
    """Where a redirect leads."""
    if _FORBIDDEN_CHARACTERS.search(location):
        raise NotAllowed
    try:
        return parse(urljoin(address.url, location))
    except ValueError:
        raise NotAllowed from None


def judge(address: WebAddress, resolved: Iterable[str], exceptions: Exceptions) -> tuple[IPAddress, ...]:
    """The addresses that may be connected to. One that is not allowed among them refuses all: it may be an attempt."""
    try:
        candidates = tuple(dict.fromkeys(ip_address(text) for text in resolved))
    except ValueError:  # an address with a zone, or nonsense from the resolver
        raise NotAllowed from None
    if not candidates:
        raise NotAllowed
    named = address.host in exceptions.hosts
    for candidate in candidates:
        if named or exceptions.allows(candidate):
            continue
        if not is_public(candidate) or not address.has_usual_port:
            raise NotAllowed
    return candidates


def is_public(address: IPAddress) -> bool:
    """Global unicast, whatever it is wrapped in."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _IPV4_REFUSED)
    if address.scope_id:
        return False
    if (mapped := _mapped(address)) is not None:
        return is_public(mapped)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _IPV6_UNICAST and not any(address in network for network in _IPV6_REFUSED)


def _mapped(address: IPAddress) -> IPv4Address | None:
    return address.ipv4_mapped if isinstance(address, IPv6Address) else None


def _host_and_port(netloc: str) -> tuple[str, str]:
    host, bracket, rest = netloc.rpartition("]")
    if bracket:
        if not host.startswith("[") or (rest and not rest.startswith(":")):
            raise NotAllowed
        host, port = host + "]", rest[1:]
    else:
        host, _, port = netloc.partition(":")
    if port and not (_PORT.fullmatch(port) and 0 < int(port) < 65536):
        raise NotAllowed
    return host, port


def _host(written: str) -> str:
    """The host in the only form the rest of the code sees."""
    if written.startswith("["):
        return _ipv6(written[1:-1])
    host = _ascii(unquote(written, errors="replace")).removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise NotAllowed
    return _ipv4(labels) if _ends_in_number(host) else host


def _ascii(host: str) -> str:
    if host.isascii():
        return host.lower()
    try:
        # Maps full-width digits and ideographic dots as browsers do, before anything looks at the result.
        return idna.encode(host, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise NotAllowed from None


def _ipv6(text: str) -> str:
    try:
        address = IPv6Address(text)
    except ValueError:
        raise NotAllowed from None
    if address.scope_id:
        raise NotAllowed
    return str(address)


def _ends_in_number(host: str) -> bool:
    return bool(_NUMBER.fullmatch(host.rpartition(".")[2]))


def _ipv4(labels: list[str]) -> str:
    """Decimal, octal, hexadecimal and shortened forms, read as browsers and resolvers read them."""
    if len(labels) > 4 or not all(_NUMBER.fullmatch(label) for label in labels):
        raise NotAllowed
    try:
        *front, last = (_number(label) for label in labels)
    except ValueError:
        raise NotAllowed from None
    if any(part > 255 for part in front) or last >= 256 ** (4 - len(front)):
        raise NotAllowed
    value = last + sum(part << (8 * (3 - place)) for place, part in enumerate(front))
    return str(IPv4Address(value))


def _number(label: str) -> int:
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8) if len(label) > 1 and label.startswith("0") else int(label)
