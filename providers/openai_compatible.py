"""Any server that speaks OpenAI's chat completions. Raises `ProviderError`."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from providers.base import ChatRequest
from providers.bodies import encoded
from providers.failures import AnswerFailed, Failure, refuses_roles, refuses_tools, rejected_field
from providers.normalise import AnswerReader
from providers.roles import AS_GIVEN, ROLE_WORDS, WITHOUT_SYSTEM, arranged
from providers.streaming import StreamingProvider
from providers.thinking import presumed_to_think
from providers.transport import new_session, post, refusal
from providers.wire import EventDecoder, Limits

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

log = logging.getLogger(__name__)

# Without these a request means something else, so a server that refuses one has refused the request.
_ESSENTIAL = {"model", "messages", "stream", "tools", "tool_choice", "response_format", "max_tokens"}
_LENGTHS = ("max_tokens", "max_completion_tokens")
_PATIENCE = 15  # seconds, for why there was no answer
_MARGIN = 8  # tokens that a server may count in besides
REDIRECTS = 300  # statuses from here on are not followed: the key is for this host alone
_HEADERS = {
    "Accept-Encoding": "identity",
    "Accept": "text/event-stream, application/json",
    "Content-Type": "application/json",
}
_SHORTEST = 16  # tokens: less is no answer


@dataclass(slots=True)
class _Known:
    """What is known about one model."""

    starts_thinking: bool
    roles: int
    rejected: set[str]


class OpenAIProvider(StreamingProvider):
    """Obeys its memory of what the server takes, and adds to it what a refusal teaches."""

    def __init__(self, base_url: str, api_key: str = "", limits: Limits = Limits()) -> None:  # noqa: B008 - frozen
        super().__init__(base_url, api_key, limits)
        self._session: ClientSession | None = None
        self._models: dict[str, _Known] = {}

    async def close(self) -> None:
        session, self._session = self._session, None
        if session:
            await session.close()

    async def ask(self, content: dict[str, Any]) -> "ClientResponse":
        if self._session is None:
            # A blank key sends no header at all.
            key = {"Authorization": f"Bearer {self._api_key}"} if self._api_key else {}
            self._session = new_session(self.base_url, self._limits, _HEADERS | key | dict(self.own_headers))
        address = f"{self.base_url}/chat/completions"
        response = await post(self._session, address, encoded(content), self._limits)
        if response.ok and response.status < REDIRECTS:
            return response
        raise await refusal(response, self._limits)

    def content_for(self, request: ChatRequest) -> dict[str, Any]:
        known = self._known(request.model)
        messages = [{"role": m.role, "content": m.content, **m.extra} for m in request.messages]
        body = {"stream_options": {"include_usage": True}, **_switched(request.params)}
        if "max_tokens" in known.rejected and "max_tokens" in body:
            body["max_completion_tokens"] = body["max_tokens"]
        body = {name: value for name, value in body.items() if name not in known.rejected}
        return body | {"model": request.model, "messages": arranged(messages, known.roles), "stream": True}

    def corrected(self, failure: Failure, request: ChatRequest, content: Mapping[str, Any]) -> ChatRequest | None:
        known = self._known(request.model)
        if (roles := refuses_roles(failure)) and known.roles < WITHOUT_SYSTEM:
            known.roles = WITHOUT_SYSTEM if roles == "system" else known.roles + 1
            log.info("%s wants other roles for %s: merged from now on", self.base_url, request.model)
            self.memory.learn(request.model, system_role=ROLE_WORDS[known.roles])
            return request
        if field := _unknown_field(failure, content):
            known.rejected.add(field)
            log.info("%s does not take %s for %s: left out from now on", self.base_url, field, request.model)
            self.memory.learn(request.model, leave_out=sorted(known.rejected))
            return request
        if failure.code == "context_too_long" and failure.window:
            self.memory.learn(request.model, window=failure.window)
        if "tools" in content and refuses_tools(failure):
            self.memory.learn(request.model, tools="no", tools_why=failure.said)
        return _with_less_to_write(failure, request)

    async def reason_for_silence(self, request: ChatRequest) -> Failure | None:
        """Some say why only to who does not want the answer word by word: SWIFT hangs up where a stream is too long."""
        content = {name: value for name, value in self.content_for(request).items() if name != "stream_options"}
        length = next((name for name in _LENGTHS if name in content), "max_tokens")
        content |= {"stream": False, length: 1}
        try:
            async with asyncio.timeout(_PATIENCE):
                response = await self.ask(content)
        except TimeoutError:
            return None
        except AnswerFailed as problem:
            if not 400 <= problem.failure.status < 500:
                return None
            self.corrected(problem.failure, request, content)
            return problem.failure
        response.close()
        return None

    def reader_for(self, request: ChatRequest) -> AnswerReader:
        return AnswerReader(
            limit=self._limits.answer,
            starts_thinking=self._known(request.model).starts_thinking,
            continues=request.continues,
        )

    def decoder(self) -> EventDecoder:
        return EventDecoder(self._limits)

    def remember(self, request: ChatRequest, reader: AnswerReader) -> None:
        if reader.splitter.closed_only:
            self._thinks_first(request.model, yes=True)
        elif reader.splitter.never_closed:
            self._thinks_first(request.model, yes=False)

    def _thinks_first(self, model: str, *, yes: bool) -> None:
        known = self._known(model)
        if known.starts_thinking != yes:
            known.starts_thinking = yes
            self.memory.learn(model, starts_thinking=yes)

    def _known(self, model: str) -> "_Known":
        known = self._models.get(model)
        if known is None:
            facts = self.memory.of(model)
            known = self._models[model] = _Known(
                starts_thinking=facts.get("starts_thinking", presumed_to_think(model)),
                roles=ROLE_WORDS.index(facts["system_role"]) if facts.get("system_role") in ROLE_WORDS else AS_GIVEN,
                rejected=set(facts["leave_out"]) - _ESSENTIAL | set(facts["leave_out"]) & {"max_tokens"},
            )
        return known


def _switched(params: Mapping[str, Any]) -> dict[str, Any]:
    """Whether a model thinks is told to its template: vLLM, SGLang and llama.cpp all take it under this name."""
    if not isinstance(params.get("think"), bool):
        return dict(params)
    rest = {name: value for name, value in params.items() if name != "think"}
    template = {"enable_thinking": params["think"], **(rest.get("chat_template_kwargs") or {})}
    return rest | {"chat_template_kwargs": template}


def _unknown_field(failure: Failure, content: Mapping[str, Any]) -> str | None:
    """The field that can be left out (or renamed) from now on, if the complaint is about one."""
    renamed = "max_tokens" in content and "max_completion_tokens" in failure.said
    if renamed and failure.status == 400 and failure.code == "bad_request":
        return "max_tokens"
    return rejected_field(failure, set(content) - _ESSENTIAL)


def _with_less_to_write(failure: Failure, request: ChatRequest) -> ChatRequest | None:
    """The same question with a shorter answer, where it is the answer wished for that does not fit."""
    wished = next((name for name in _LENGTHS if isinstance(request.params.get(name), int)), None)
    if failure.code != "context_too_long" or wished is None or failure.room is None:
        return None
    room = failure.room - _MARGIN
    if not _SHORTEST <= room < request.params[wished]:
        return None
    return replace(request, params={**request.params, wished: room})
