"""One examination of a server, from its list of models to the tiny questions; gives a card. Raises `AnswerFailed`.

It knows no database: what it is to look at comes in, and who watches is told of every step.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from providers.addresses import Address
from providers.calls import Caller, Reply, calling
from providers.discovery import Listing, listing_of, listing_without_list
from providers.doctor import probes
from providers.doctor.card import Card, assembled
from providers.failures import AnswerFailed, failed, failure_from
from providers.found import FoundModel
from providers.products import LOADS_ON_DEMAND, version_of

MOST_TRIED = 3
STEPS = ("models", "stream", "roles", "tools", "vision", "length", "errors")
_LONGEST = 300.0  # seconds for one question: a large model may have to be loaded
_WAIT = 1.0
_PATIENCE = 60.0
_CORRECTIONS = 3


class Busy(Exception):
    """The server was writing answers for people all the while."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whom to examine. `by_hand`: somebody asked for it, so that a model may be loaded; `wanted` come first;
    `typed` were entered by an administrator, since the server may not tell them.
    """

    address: Address
    key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    by_hand: bool = True
    wanted: Sequence[str] = ()
    typed: Sequence[str] = ()
    is_busy: Callable[[], bool] = lambda: False
    tell: Callable[[str, str], object] = lambda step, model: None


@dataclass(frozen=True, kw_only=True)
class Finding:
    listing: Listing
    card: Card


async def examine(subject: Subject) -> Finding:
    """Everything there is to find out. Raises `Busy` when the server has no minute for it."""
    subject.tell("models", "")
    listing = await _listing(subject)
    native = subject.address.kind == "ollama"
    async with calling(subject.address.base_url, subject.key, subject.headers, seconds=_LONGEST * MOST_TRIED) as caller:
        version = await version_of(caller, listing.product, subject.address.base_url)
        server: dict[str, Any] = {"product": listing.product, "version": version, "known": len(listing.models)}
        models: dict[str, Mapping[str, Any]] = {}
        if native:
            server |= _OLLAMA
        else:
            for model in chosen(listing, subject):
                examined = _Examined(caller, subject, listing.product, model)
                models[model.name] = await examined.facts()
                server["error_shape"] = server.get("error_shape") or examined.error_shape
                server["max_tokens_rule"] = server.get("max_tokens_rule") or await examined.length_rule()
            server["max_tokens_rule"] = server.get("max_tokens_rule") or _RULES.get(listing.product, "unknown")
    return Finding(listing=listing, card=assembled(server, models, datetime.now(UTC)))


async def _listing(subject: Subject) -> Listing:
    """The server's own, or the names that somebody typed where it has a chat and does not tell its models."""
    typed = tuple(FoundModel(name=name) for name in subject.typed)
    try:
        listing = await listing_of(subject.address, subject.key, subject.headers)
    except AnswerFailed as problem:
        if problem.failure.code != "no_list" or not typed:
            raise
        return await listing_without_list(subject.address, typed, subject.key, subject.headers)
    return listing if listing.models or not typed else replace(listing, models=typed, told=False)


# Known of every Ollama: its own API is one form, and /api/show tells the rest of each model.
_OLLAMA = {
    "streaming": "lines",
    "usage": "last",
    "error_shape": "string",
    "max_tokens": "num_predict",
    "max_tokens_rule": "clamped",
    "reasoning_field": "thinking",
    "system_role": "yes",
    "tools": "by_model",
    "vision": "by_model",
    "window": "by_model",
}
# They write to the end although nobody listens any more, so they are not asked for more than fits.
_DEAF = {"transformers serve"}
# What is known to happen when more is asked for than fits, where the server's own answer does not tell.
_RULES = {
    "vLLM": "refused",
    "SWIFT": "clamped",
    "llama.cpp": "clamped",
    "LM Studio": "clamped",
    "text-generation-webui": "clamped",
    "LocalAI": "clamped",
}


def chosen(listing: Listing, subject: Subject) -> list[FoundModel]:
    """The models to try: a few, those in memory and those that people may use first; none that would be loaded for
    nobody.
    """
    chats = [model for model in listing.models if model.kind == "chat"]
    loads = listing.product in LOADS_ON_DEMAND or any(model.loaded is not None for model in chats)
    in_memory = [model for model in chats if model.loaded]
    if loads and len(chats) > 1:
        rest = [] if in_memory or not subject.by_hand else sorted(chats, key=lambda model: _rank(model, subject))[:1]
        return [*in_memory[:MOST_TRIED], *rest]
    return sorted(chats, key=lambda model: _rank(model, subject))[:MOST_TRIED]


def _rank(model: FoundModel, subject: Subject) -> int:
    return list(subject.wanted).index(model.name) if model.name in subject.wanted else len(subject.wanted)


class _Examined:
    """One model on its server."""

    def __init__(self, caller: Caller, subject: Subject, product: str, model: FoundModel) -> None:
        self._caller = caller
        self._subject = subject
        self._product = product
        self._model = model
        self._left_out: list[str] = []
        self._window = model.window
        self.error_shape: str | None = None

    async def facts(self) -> dict[str, Any]:
        streamed = await self._reply("stream", probes.stream_body)
        if streamed.status != 200:
            raise _hopeless(streamed)
        facts = probes.streamed(streamed.text, self._left_out)
        answered = await self._reply("roles", probes.roles_body)
        facts |= probes.roles(answered.status, answered.text)
        with_tools = await self._reply("tools", probes.tools_body)
        facts |= probes.tools(with_tools.status, with_tools.text)
        facts |= await self._vision()
        facts["leave_out"] = sorted(self._left_out)
        await self._errors()
        return {**facts, "window": self._window}

    async def length_rule(self) -> str | None:
        """What becomes of a wish for more than fits; None when that cannot be told."""
        if self._product in _DEAF:
            return None
        self._subject.tell("length", self._model.name)
        await self._wait_for_quiet()
        body = probes.length_body(self._model.name, self._left_out)
        async with asyncio.timeout(_LONGEST):
            reply = await self._caller.begin(f"{self._subject.address.base_url}/chat/completions", body)
        return probes.length_rule(reply.status, reply.text)

    async def _vision(self) -> dict[str, Any]:
        seen = await self._reply("vision", probes.vision_body)
        plain = None
        if seen.status == 200 and probes.prompt_tokens(seen.text) is not None:
            plain = await self._reply("vision", probes.blind_body)
        return probes.vision(seen.status, seen.text, probes.prompt_tokens(plain.text) if plain else None)

    async def _errors(self) -> None:
        # Where a wrong name would set off a search for something to load, only the rest of it is wrong.
        name = self._model.name if self._product in LOADS_ON_DEMAND else probes.NO_SUCH_MODEL
        refused = await self._reply("errors", lambda _model, out: probes.error_body(name, out))
        if refused.status < 400:
            refused = await self._reply("errors", lambda _model, out: probes.malformed_body(name, out))
        self.error_shape = probes.error_shape(refused.status, refused.text)

    async def _reply(self, step: str, body_for: Callable[[str, Sequence[str]], probes.Body]) -> Reply:
        """The reply, asked again without a field that the server complains about."""
        self._subject.tell(step, self._model.name)
        await self._wait_for_quiet()
        reply = Reply(status=0, headers={}, text="")
        for _ in range(_CORRECTIONS):
            body = body_for(self._model.name, self._left_out)
            async with asyncio.timeout(_LONGEST):
                reply = await self._caller.ask(f"{self._subject.address.base_url}/chat/completions", body)
            # Tiny as they are, some questions are too long for a tiny window: then the refusal tells it.
            self._window = self._window or probes.window_in(reply.status, reply.text)
            field = probes.objection(reply.status, reply.text, body) if reply.status >= 400 else None
            if field is None or field in self._left_out:
                break
            self._left_out.append(field)
        return reply

    async def _wait_for_quiet(self) -> None:
        waited = 0.0
        while await asyncio.to_thread(self._subject.is_busy):
            if waited >= _PATIENCE or not self._subject.by_hand:
                raise Busy
            self._subject.tell("waits", self._model.name)
            await asyncio.sleep(_WAIT)
            waited += _WAIT


def _hopeless(reply: Reply) -> AnswerFailed:
    if 300 <= reply.status < 400:
        return failed("redirected", reply.headers.get("Location", ""))
    return AnswerFailed(failure_from(reply.status, reply.text, retry_after=reply.headers.get("Retry-After")))
