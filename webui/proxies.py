"""Where a request really comes from: what a proxy says of it is believed from named proxies alone.

The address that throttling and the audit log use is REMOTE_ADDR. Behind WEBUI_TRUSTED_PROXIES it is the last one in
X-Forwarded-For that is no proxy of ours; from anywhere else such headers are taken away before anybody reads them.
"""

from functools import cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.http import HttpRequest

from webui.conf import conf
from webui.middleware import Middleware, Response

FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
)
Network = IPv4Network | IPv6Network


class ProxyMiddleware(Middleware):
    """Before every other middleware that reads an address or a scheme."""

    def __call__(self, request: HttpRequest) -> Response:
        settle(request)
        return super().__call__(request)


def settle(request: HttpRequest) -> None:
    """Make REMOTE_ADDR the client's own; `request.from_proxy` tells whether a named proxy brought the request."""
    peer = request.META.get("REMOTE_ADDR", "")
    trusted = networks(conf.trusted_proxies)
    request.from_proxy = is_among(peer, trusted)  # type: ignore[attr-defined]
    if request.from_proxy:  # type: ignore[attr-defined]
        request.META["REMOTE_ADDR"] = client_of(peer, request.META.get("HTTP_X_FORWARDED_FOR", ""), trusted)
        return
    for name in FORWARDED:
        # Where no proxy is named, the scheme is still believed: it opens nothing, and most have just one proxy.
        if name != "HTTP_X_FORWARDED_PROTO" or trusted:
            request.META.pop(name, None)
    if conf.email_header:
        request.META.pop(header_key(conf.email_header), None)


def client_of(peer: str, forwarded: str, trusted: tuple[Network, ...]) -> str:
    """Read from the right, where the nearest proxy wrote: the first that is none of ours."""
    for hop in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        address = hop.strip("[]") if hop.count(":") != 1 else hop.partition(":")[0]
        if not _is_address(address):
            return peer
        if not is_among(address, trusted):
            return address
        peer = address
    return peer


def is_among(text: str, trusted: tuple[Network, ...]) -> bool:
    if not trusted or not _is_address(text):
        return False
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in trusted if network.version == address.version)


def header_key(name: str) -> str:
    """ "X-Auth-Email" as WSGI and Django's META name it."""
    return f"HTTP_{name.upper().replace('-', '_')}"


@cache
def networks(given: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(one, strict=False) for one in given)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
