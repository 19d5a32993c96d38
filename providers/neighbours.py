"""Looks for model servers on the usual ports, so that a person need not type an address. Never raises."""

import asyncio
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from providers.addresses import Address
from providers.discovery import Listing, listing_of
from providers.failures import AnswerFailed
from webui.conf import conf

Ports = dict[int, str]
# port: the API that is usually spoken there
USUAL_PORTS: Ports = {
    11434: "ollama",  # Ollama
    8080: "openai",  # llama.cpp, LocalAI
    1234: "openai",  # LM Studio
    8000: "openai",  # vLLM, SWIFT
    8001: "openai",
    5000: "openai",  # text-generation-webui
}
_SECONDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundServer:
    product: str
    kind: str
    base_url: str
    models: int


async def probe_local(hosts: tuple[str, ...] = (), ports: Ports | None = None) -> list[FoundServer]:
    """The model servers on this machine, or beside the container. Nothing when the operator does not want it."""
    if not (conf.probe_local or hosts):
        return []
    hosts = hosts or ("127.0.0.1", *await _docker_host())
    ports = USUAL_PORTS if ports is None else ports
    addresses = [_address(host, port, kind) for host in hosts for port, kind in ports.items()]
    listings = await asyncio.gather(*map(_listing, addresses))
    return [
        FoundServer(
            product=listing.product,
            kind=listing.address.kind,
            base_url=listing.address.base_url,
            models=len(listing.models),
        )
        for listing in listings
        if listing
    ]


async def neighbour_of(url: str) -> FoundServer | None:
    """The model server on the next usual port of the same host, for who mistyped the port."""
    parts = urlsplit(url)
    found = await probe_local((parts.netloc.rpartition(":")[0] or parts.netloc,))
    return min(found, key=lambda server: abs((urlsplit(server.base_url).port or 0) - (parts.port or 80)), default=None)


def _address(host: str, port: int, kind: str) -> Address:
    if kind == "ollama":
        return Address(kind="ollama", base_url=f"http://{host}:{port}")
    return Address(kind="openai", base_url=f"http://{host}:{port}/v1")


async def _listing(address: Address) -> Listing | None:
    try:
        return await listing_of(address, seconds=_SECONDS)
    except AnswerFailed:
        return None


async def _docker_host() -> tuple[str, ...]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(1):
            await loop.getaddrinfo("host.docker.internal", None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError):
        return ()
    return ("host.docker.internal",)
