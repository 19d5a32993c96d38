"""Asks a server what it is and which models it has, within seconds. Raises `AnswerFailed` and `BadAddress`."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from providers.addresses import Address, candidates
from providers.calls import Caller, Reply, calling
from providers.failures import AnswerFailed, failed, failure_from
from providers.found import FoundModel, listed_models, shown_model
from providers.products import recognised
from webui.conf import conf

SECONDS = 5.0
_SHOWN_AT_ONCE = 8
# The failure that says most about what is wrong, when several addresses were tried.
_TELLING = ("unauthorized", "ourselves", "no_list", "redirected", "tls", "bad_response", "web_page", "timeout")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A server that answered: its final address, what it is, and its models (perhaps none).

    `told` is false where it has a chat and no list, so that the models are only those that somebody typed.
    """

    address: Address
    product: str = ""
    models: tuple[FoundModel, ...] = ()
    told: bool = True


async def look(text: str, key: str = "", headers: Mapping[str, str] | None = None) -> Listing:
    """The server behind whatever a person pasted, at its final address."""
    tried = candidates(text)
    looks = (listing_of(address, key, headers) for address in tried)
    outcomes = await asyncio.gather(*looks, return_exceptions=True)
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


async def listing_of(
    address: Address, key: str = "", headers: Mapping[str, str] | None = None, *, seconds: float = SECONDS
) -> Listing:
    """What the server at this very address has."""
    async with calling(address.base_url, key, headers, seconds=seconds) as caller:
        if address.kind == "ollama":
            return await _ollama(caller, address)
        return await _openai(caller, address)


async def listing_without_list(
    address: Address, models: tuple[FoundModel, ...], key: str = "", headers: Mapping[str, str] | None = None
) -> Listing:
    """The product behind a server that has a chat and does not tell its models: these were typed by hand."""
    async with calling(address.base_url, key, headers, seconds=SECONDS) as caller:
        known = await recognised(caller, address.base_url, None, {}, models)
    return Listing(address=address, product=known.product, models=known.models, told=False)


async def _ollama(caller: Caller, address: Address) -> Listing:
    # llama.cpp and others also answer /api/tags; /api/version is Ollama's own.
    version = (await caller.ask(f"{address.base_url}/api/version")).json()
    if not isinstance(version, dict) or not isinstance(version.get("version"), str):
        raise failed("wrong_path")
    answer = await caller.ask(f"{address.base_url}/api/tags")
    models = listed_models(answer.json())
    if answer.status != 200 or models is None:
        raise failed("wrong_path")
    turn = asyncio.Semaphore(_SHOWN_AT_ONCE)

    async def shown(model: FoundModel) -> FoundModel:
        async with turn:
            answer = await caller.ask(f"{address.base_url}/api/show", {"model": model.name})
        return replace(shown_model(model.name, answer.json()), digest=model.digest) if answer.status == 200 else model

    with suppress(TimeoutError):
        async with asyncio.timeout(SECONDS * 0.7):
            models = tuple(await asyncio.gather(*map(shown, models)))
    return Listing(address=address, product="Ollama", models=models)


async def _openai(caller: Caller, address: Address) -> Listing:
    answer = await caller.ask(f"{address.base_url}/models")
    if answer.headers.get("X-Webui-Instance", "") == conf.instance:
        raise failed("ourselves")  # another webui is a model server like others
    document = answer.json()
    models = listed_models(document) if answer.status == 200 else None
    if models is None:
        return await _without_a_list(caller, address, answer)
    with suppress(TimeoutError):
        async with asyncio.timeout(SECONDS * 0.4):
            known = await recognised(caller, address.base_url, document, answer.headers, models)
            return Listing(address=address, product=known.product, models=known.models)
    return Listing(address=address, models=models)


async def _without_a_list(caller: Caller, address: Address, answer: Reply) -> Listing:
    """Where the list is broken, the product's own routes may tell what is there."""
    if answer.status >= 500:
        known = await recognised(caller, address.base_url, None, answer.headers, ())
        if known.models:
            return Listing(address=address, product=known.product, models=known.models)
        if known.product:
            raise failed("no_list")
    raise await _why_no_list(caller, address, answer)


async def _why_no_list(caller: Caller, address: Address, answer: Reply) -> AnswerFailed:
    if 300 <= answer.status < 400:
        return failed("redirected", answer.headers.get("Location", ""))
    failure = failure_from(answer.status, answer.text)
    if failure.code == "unauthorized":
        return AnswerFailed(replace(failure, said=""))
    if answer.status == 200:
        return failed("web_page" if answer.text.lstrip().startswith("<") else "bad_response")
    # Some services have a chat and no list of models: then the chat complains about an empty question.
    chat = await caller.ask(f"{address.base_url}/chat/completions", {})
    if chat.status in (400, 401, 403, 415, 422):
        refused = failure_from(chat.status, chat.text).code == "unauthorized"
        return failed("unauthorized" if refused else "no_list")
    return failed("wrong_path")
