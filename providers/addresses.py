"""What a person pasted as a model server's address, turned into the addresses worth trying. Pure.

Raises `BadAddress`, whose text is a code: empty, scheme, credentials, forbidden, unreadable.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, urlsplit

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# What people copy from manuals and browsers: the part that names one thing on the server.
_ENDPOINT = re.compile(
    r"/(?:chat/completions|completions|embeddings|models|responses|messages|docs|redoc|openapi\.json|swagger|health"
    r"|api/(?:chat|generate|tags|show|ps|version|embed|embeddings|docs))/?$",
    re.IGNORECASE,
)
_VERSION = re.compile(r"/v\d+[a-z0-9]*(?:/openai)?$", re.IGNORECASE)
# A command or a line of a settings file with an address in it.
_WITHIN = re.compile(r"[\s=(\"'](https?://[^\s\"'<>`\\,;)]+)", re.IGNORECASE)
_PRIVATE_SUFFIXES = (".local", ".lan", ".internal", ".intranet", ".home.arpa", ".localhost", ".svc")
# Machines of cloud providers hand out their credentials here.
_METADATA_NAMES = {"metadata.google.internal", "metadata.goog", "metadata", "instance-data"}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_METADATA = {ipaddress.ip_address(text) for text in ("100.100.100.200", "168.63.129.16", "fd00:ec2::254")}


class BadAddress(Exception):
    """Not an address of a model server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A base address in its final form, without a slash at the end."""

    kind: Literal["openai", "ollama"]
    base_url: str


def candidates(text: str) -> tuple[Address, ...]:
    """The addresses to try, the likeliest first. Never /v1/v1."""
    parts = _parts(text)
    origin = f"{parts.scheme}://{parts.netloc}"
    path = re.sub("/{2,}", "/", parts.path).rstrip("/")
    before = ""
    while path != before:
        before, path = path, _ENDPOINT.sub("", path)
    path = re.sub(r"(/v\d+)\1+$", r"\1", path)
    root = re.sub(r"/(?:v1|api|api/v1)$", "", path)
    if _VERSION.search(path):
        openai = [path]
    elif path.endswith("/api"):
        openai = [f"{root}/v1", f"{root}/api/v1", f"{root}/api"]
    else:
        openai = [f"{path}/v1", path]
    return (
        Address(kind="ollama", base_url=origin + root),
        *(Address(kind="openai", base_url=origin + option) for option in openai),
    )


def is_private(url: str) -> bool:
    """Whether the host is this machine or a neighbour, as far as its name tells."""
    host = _host(urlsplit(url))
    address = literal_address(host)
    if address is not None:
        return address.is_private or address.is_loopback
    return "." not in host or host.endswith(_PRIVATE_SUFFIXES)


def is_this_machine(url: str) -> bool:
    """Whether the address means the machine it is spoken on: inside a container that is the container."""
    host = _host(urlsplit(url))
    address = literal_address(host)
    if address is not None:
        return address.is_loopback or address.is_unspecified
    return host == "localhost" or host.endswith(".localhost")


def literal_address(host: str) -> IPAddress | None:
    """The IP address that a host is, in any notation a resolver takes (also 2130706433 and 0x7f.1); None for names."""
    try:
        address: IPAddress = ipaddress.ip_address(host)
    except ValueError:
        if not re.fullmatch(r"[0-9a-fx.]*\d[0-9a-fx.]*", host) or not re.match(r"\d", host):
            return None
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except OSError:
            return None
    if isinstance(address, ipaddress.IPv6Address):
        translated = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
        return address.ipv4_mapped or address.sixtofour or translated or address
    return address


def is_forbidden(address: IPAddress) -> bool:
    """Addresses where no model server is, but credentials are."""
    return address.is_link_local or address.is_multicast or address in _METADATA


def _parts(text: str) -> SplitResult:
    text = text.strip().strip("\"'<>`").strip()
    if not text:
        raise BadAddress("empty")
    if found := _WITHIN.search(text):
        text = found.group(1)
    elif re.fullmatch(r":?\d{2,5}", text):
        text = f"localhost:{text.lstrip(':')}"
    if re.search(r"[\s\x00-\x1f\\]", text):
        raise BadAddress("unreadable")
    scheme = re.match(r"([a-z][a-z0-9+.-]*):(?!\d+(?:[/?#]|$))", text, re.IGNORECASE)
    if scheme and scheme.group(1).lower() not in ("http", "https"):
        raise BadAddress("scheme")
    if not scheme:
        text = "//" + text.lstrip("/")
        text = ("http:" if is_private(text) else "https:") + text
    try:
        parts = urlsplit(text)
        port = parts.port
        host = _host(parts)
    except ValueError:
        raise BadAddress("unreadable") from None
    if parts.username is not None or parts.password is not None:
        raise BadAddress("credentials")
    _judge(host)
    shown = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme.lower()]
    netloc = shown if port in (None, usual) else f"{shown}:{port}"
    return parts._replace(scheme=parts.scheme.lower(), netloc=netloc)


def _judge(host: str) -> None:
    if not host or not re.fullmatch(r"[\w.:%-]+", host):
        raise BadAddress("unreadable")
    address = literal_address(host)
    if host in _METADATA_NAMES or (address is not None and is_forbidden(address)):
        raise BadAddress("forbidden")


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").rstrip(".").lower()
