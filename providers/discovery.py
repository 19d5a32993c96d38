"""Asks a server what it is and which models it has, within seconds. Raises `AnswerFailed` and `BadAddress`."""

import asyncio
import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from providers.addresses import Address, candidates, is_forbidden, is_private, literal_address
from providers.failures import AnswerFailed, failed, failure_from
from providers.found import FoundModel, listed_models, product_of, shown_model, with_facts, with_window

if TYPE_CHECKING:
    import aiohttp

SECONDS = 5.0
_LARGEST = 8 * 1024 * 1024
_SHOWN_AT_ONCE = 8
# The failure that says most about what is wrong, when several addresses were tried.
_TELLING = ("unauthorized", "ourselves", "no_list", "redirected", "tls", "bad_response", "web_page", "timeout")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A server that answered: its final address, what it is, and its models (perhaps none)."""

    address: Address
    product: str = ""
    models: tuple[FoundModel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> object:
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None


async def look(text: str, key: str = "") -> Listing:
    """The server behind whatever a person pasted, at its final address."""
    tried = candidates(text)
    outcomes = await asyncio.gather(*(listing_of(address, key) for address in tried), return_exceptions=True)
    problems: list[AnswerFailed] = []
    for outcome in outcomes:
        match outcome:
            case Listing():
                return outcome
            case AnswerFailed():
                problems.append(outcome)
            case BaseException():
                raise outcome
    raise min(problems, key=lambda p: _TELLING.index(p.failure.code) if p.failure.code in _TELLING else 99)


async def listing_of(address: Address, key: str = "", *, seconds: float = SECONDS) -> Listing:
    """What the server at this very address has."""
    import aiohttp

    try:
        async with asyncio.timeout(seconds), _session(address.base_url, key) as session:
            if address.kind == "ollama":
                return await _ollama(session, address)
            return await _openai(session, address)
    except TimeoutError:
        raise failed("timeout") from None
    except aiohttp.ClientConnectorDNSError:
        raise failed("no_name") from None
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError):
        raise failed("tls") from None
    except aiohttp.ClientConnectorError:
        raise failed("unreachable") from None
    except (aiohttp.ClientError, UnicodeError, ValueError):
        raise failed("bad_response") from None


async def _ollama(session: "aiohttp.ClientSession", address: Address) -> Listing:
    # llama.cpp and others also answer /api/tags; /api/version is Ollama's own.
    version = (await _ask(session, f"{address.base_url}/api/version")).json()
    if not isinstance(version, dict) or not isinstance(version.get("version"), str):
        raise failed("wrong_path")
    answer = await _ask(session, f"{address.base_url}/api/tags")
    models = listed_models(answer.json())
    if answer.status != 200 or models is None:
        raise failed("wrong_path")
    turn = asyncio.Semaphore(_SHOWN_AT_ONCE)

    async def shown(model: FoundModel) -> FoundModel:
        async with turn:
            answer = await _ask(session, f"{address.base_url}/api/show", {"model": model.name})
        return shown_model(model.name, answer.json()) if answer.status == 200 else model

    with suppress(TimeoutError):
        async with asyncio.timeout(SECONDS * 0.7):
            models = tuple(await asyncio.gather(*map(shown, models)))
    return Listing(address=address, product="Ollama", models=models)


async def _openai(session: "aiohttp.ClientSession", address: Address) -> Listing:
    answer = await _ask(session, f"{address.base_url}/models")
    if answer.headers.get("Server", "") == "webui":
        raise failed("ourselves")
    document = answer.json()
    models = listed_models(document) if answer.status == 200 else None
    if models is None:
        raise await _why_no_list(session, address, answer)
    listing = Listing(address=address, product=product_of(document), models=models)
    with suppress(TimeoutError):
        async with asyncio.timeout(SECONDS * 0.4):
            listing = await _known_better(session, listing)
    return listing


async def _why_no_list(session: "aiohttp.ClientSession", address: Address, answer: _Answer) -> AnswerFailed:
    if 300 <= answer.status < 400:
        return failed("redirected", answer.headers.get("Location", ""))
    failure = failure_from(answer.status, answer.text)
    if failure.code == "unauthorized":
        return AnswerFailed(replace(failure, said=""))
    if answer.status == 200:
        return failed("web_page" if answer.text.lstrip().startswith("<") else "bad_response")
    # Some services have a chat and no list of models: then the chat complains about an empty question.
    chat = await _ask(session, f"{address.base_url}/chat/completions", {})
    if chat.status in (400, 401, 403, 415, 422):
        refused = failure_from(chat.status, chat.text).code == "unauthorized"
        return failed("unauthorized" if refused else "no_list")
    return failed("wrong_path")


async def _known_better(session: "aiohttp.ClientSession", listing: Listing) -> Listing:
    """The product by its own routes where the list is silent, and the window where another route knows it."""
    root = listing.address.base_url.removesuffix("/v1")
    if listing.product == "llama.cpp":
        props = await _ask(session, f"{root}/props")
        return replace(listing, models=with_window(listing.models, props.json()))
    if listing.product in ("", "LM Studio") and is_private(root):
        answers = await asyncio.gather(
            _ask(session, f"{root}/api/v0/models"), _ask(session, f"{root}/v1/internal/model/info")
        )
        studio, textgen = [answer.json() if answer.status == 200 else None for answer in answers]
        if told := listed_models(studio):
            return replace(listing, product="LM Studio", models=with_facts(listing.models, told))
        if isinstance(textgen, dict) and "model_name" in textgen:
            return replace(listing, product="text-generation-webui")
    return listing


async def _ask(session: "aiohttp.ClientSession", url: str, body: Mapping[str, Any] | None = None) -> _Answer:
    method = "GET" if body is None else "POST"
    async with session.request(method, url, json=body, allow_redirects=False) as response:
        data = await response.content.read(_LARGEST)
        while len(data) < _LARGEST and (more := await response.content.read(_LARGEST - len(data))):
            data += more
        return _Answer(status=response.status, headers=response.headers, text=data.decode(errors="replace"))


def _session(url: str, key: str) -> "aiohttp.ClientSession":
    import aiohttp

    class Resolver(aiohttp.ThreadedResolver):
        """Names may not lead to where a cloud hands out its credentials."""

        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[aiohttp.abc.ResolveResult]:
            found = await super().resolve(host, port, family)
            if any((address := literal_address(one["host"])) and is_forbidden(address) for one in found):
                raise OSError("refused")
            return found

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=Resolver()),
        headers={"Authorization": f"Bearer {key}"} if key else {},
        # A proxy meant for the outside world does not know our neighbours.
        trust_env=not (url.startswith("http:") and is_private(url)),
    )
