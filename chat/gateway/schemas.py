"""What programs send: OpenAI's bodies, of which the known fields are checked and all others go on as they came."""

import uuid
from typing import Any, Literal, TypeVar

from django.http import HttpRequest
from django.http.request import RawPostDataException
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from chat.gateway.errors import ApiProblem
from providers.base import ChatMessage

LARGEST = 40 * 1024 * 1024  # bytes: images come inside the body
ROLES = ("system", "developer", "user", "assistant", "tool", "function")
MOST_TEXTS = 2048  # as many as OpenAI takes
LONGEST_TEXT = 100_000  # characters


class Body(BaseModel):
    """A field that is null is as good as not there, as for OpenAI."""

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value is not None} if isinstance(given, dict) else given


class Completion(Body):
    """What is not named here goes to the model server as it came."""

    model: str
    messages: list[dict[str, Any]] = Field(min_length=1, max_length=2000)
    stream: bool = False
    stream_options: dict[str, Any] | None = None
    n: int = Field(1, ge=1, le=8)
    libraries: list[uuid.UUID] = Field(default_factory=list, max_length=20)
    web_search: bool = False

    @property
    def wants_usage(self) -> bool:
        return bool((self.stream_options or {}).get("include_usage"))

    @property
    def longest_reply(self) -> int | None:
        """The tokens that were asked for, where they were."""
        extra = self.model_extra or {}
        wished = extra.get("max_completion_tokens") or extra.get("max_tokens")
        return wished if isinstance(wished, int) and wished > 0 else None

    def chat_messages(self) -> list[ChatMessage]:
        return [_message(place, message) for place, message in enumerate(self.messages)]


class Embedding(Body):
    """`input_type` is "query" or "passage", for models that tell questions from texts."""

    model: str = ""
    input: str | list[str]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(None, ge=1)
    input_type: Literal["query", "passage"] = "passage"

    @property
    def texts(self) -> list[str]:
        return [self.input] if isinstance(self.input, str) else self.input


Given = TypeVar("Given", bound=Body)


def body_in(kind: type[Given], request: HttpRequest) -> Given:
    """The request as this kind of body. Raises `ApiProblem`."""
    return _parsed(kind, _body(request))


def completion_in(request: HttpRequest) -> Completion:
    return body_in(Completion, request)


def embedding_in(request: HttpRequest) -> Embedding:
    body = _body(request)
    try:
        wish = Embedding.model_validate_json(body)
    except ValidationError as error:
        if any(first["loc"][:1] == ("input",) for first in error.errors()) and _tokens(body):
            raise ApiProblem(
                "Send texts, not token numbers: this server does not know how they were made."
                " In LangChain: OpenAIEmbeddings(check_embedding_ctx_length=False).",
                code="bad_request",
                status=400,
                param="input",
            ) from None
        raise _refusal(error) from None
    if not wish.texts or len(wish.texts) > MOST_TEXTS or max(map(len, wish.texts)) > LONGEST_TEXT:
        sentence = f"Give 1 to {MOST_TEXTS:,} texts of at most {LONGEST_TEXT:,} characters."
        raise ApiProblem(sentence, code="bad_request", status=400, param="input")
    return wish


def _parsed(kind: type[Given], body: bytes) -> Given:
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise _refusal(error) from None


def _body(request: HttpRequest) -> bytes:
    """Read past Django's limit for forms, within our own."""
    try:
        body = request.read(LARGEST + 1)
    except RawPostDataException:
        body = request.body
    if len(body) > LARGEST:
        sentence = f"The request is larger than {LARGEST // 1024 // 1024} MB."
        raise ApiProblem(sentence, code="too_large", status=413)
    return bytes(body)


def _refusal(error: ValidationError) -> ApiProblem:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return ApiProblem("The body is not JSON.", code="bad_request", status=400)
    where = ".".join(map(str, first["loc"]))
    return ApiProblem(f"{where or 'body'}: {first['msg']}.", code="bad_request", status=400, param=where or None)


def _tokens(body: bytes) -> bool:
    """Whether numbers stand where texts belong."""
    given = _Numbers.model_validate_json(body).input
    first = given[0] if isinstance(given, list) and given else None
    return isinstance(first, int | list)


class _Numbers(BaseModel):
    input: Any = None


def _message(place: int, given: dict[str, Any]) -> ChatMessage:
    role, content = given.get("role"), given.get("content")
    if role not in ROLES:
        sentence = "Each message needs a role: system, user, assistant or tool."
        raise ApiProblem(sentence, code="bad_request", status=400, param=f"messages.{place}.role")
    if not isinstance(content, str | list | None):
        sentence = "A message's content is a text or a list of parts."
        raise ApiProblem(sentence, code="bad_request", status=400, param=f"messages.{place}.content")
    extra = {name: value for name, value in given.items() if name not in ("role", "content")}
    return ChatMessage(role=role, content=content or "", extra=extra)
