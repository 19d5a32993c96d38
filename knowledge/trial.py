"""An embedding model or a reranker tried before it is accepted: a few texts go there, and what comes back is judged.

Raises `TrialFailed`, with a sentence and what it is about.
"""

import math
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import async_to_sync
from django.utils.translation import gettext as _

from knowledge import embedding
from knowledge.embedding import Endpoint, Vector
from knowledge.endpoints import About, EmbeddingUnavailable, client
from knowledge.reranking import Reranker, RerankFailed, scored
from providers.addresses import BadAddress, candidates, is_forbidden, literal_address
from providers.advice import address_advice

# A model on this machine may have to be fetched and loaded first.
SECONDS, LOCAL_SECONDS = 20.0, 110.0
_QUESTION = "How many days of holiday do employees have?"
_ANSWER = "Every employee has 25 days of paid holiday a year."
_OTHER = "The printer on the second floor needs a new toner cartridge."
# Servers that compute in half precision, or in batches, give vectors that differ a little.
_SAME, _ALIKE = 0.995, 0.9999


class TrialFailed(Exception):
    """The text is a sentence for the administrator; `about` names the field it belongs to."""

    def __init__(self, sentence: str, about: About) -> None:
        super().__init__(sentence)
        self.about: About = about


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingTrial:
    """`width` numbers a vector; `seconds` for one question once the model is loaded, `loading` for the first answer."""

    endpoint: Endpoint
    width: int
    seconds: float
    loading: float
    is_sensible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RerankTrial:
    """`is_sensible`: the passage with the answer came first."""

    reranker: Reranker
    seconds: float
    is_sensible: bool


def addresses(text: str, kind: str) -> list[str]:
    """The base addresses worth trying, the likeliest first; `kind` is "openai", "ollama" or "rerank"."""
    try:
        found = candidates(text.strip().rstrip("/").removesuffix("/rerank"))
    except BadAddress as problem:
        raise TrialFailed(address_advice(str(problem)), "address") from None
    _look_up(found[0].base_url)
    wanted = "ollama" if kind == "ollama" else "openai"
    return [one.base_url for one in found if one.kind == wanted]


def try_embedding(endpoint: Endpoint, urls: Sequence[str] = ()) -> EmbeddingTrial:
    """`urls` are tried in turn in place of the endpoint's own; what the first of them says counts when none works."""
    return _first([replace(endpoint, url=url) for url in urls] or [endpoint], _try_embedding)


def try_reranker(reranker: Reranker, urls: Sequence[str] = ()) -> RerankTrial:
    return _first([replace(reranker, url=url) for url in urls] or [reranker], _try_reranker)


def _first(options: Sequence[Any], attempt: Callable[[Any], Any]) -> Any:
    problem: TrialFailed | None = None
    for option in options:
        try:
            return attempt(option)
        except TrialFailed as error:
            problem = problem or error
            if error.about != "address":
                raise
    raise problem or TrialFailed(address_advice("empty"), "address")


def _try_embedding(endpoint: Endpoint) -> EmbeddingTrial:
    begun = time.monotonic()
    first = _embedded(endpoint, [_ANSWER, _OTHER], "passage")
    loaded = time.monotonic()
    [question] = _embedded(endpoint, [_QUESTION], "query")
    done = time.monotonic()
    [again] = _embedded(endpoint, [_ANSWER], "passage")
    answer, other = first
    if not len(question) == len(again) == len(answer):
        raise TrialFailed(
            _("It gives vectors of changing width. It is not a model that can be searched with."), "model"
        )
    if _cosine(answer, again) < _SAME:
        raise TrialFailed(_("It gives another vector for the same text each time. Nothing could be found so."), "model")
    if _cosine(answer, other) > _ALIKE:
        raise TrialFailed(_("It gives the same vector for different texts. Nothing could be told apart."), "model")
    return EmbeddingTrial(
        endpoint=replace(endpoint, width=len(answer)),
        width=len(answer),
        seconds=done - loaded,
        loading=loaded - begun,
        is_sensible=_cosine(question, answer) > _cosine(question, other),
    )


def _embedded(endpoint: Endpoint, texts: Sequence[str], input_type: Any) -> list[Vector]:
    asked = client(endpoint.url, endpoint.key, local=endpoint.local)
    seconds = LOCAL_SECONDS if endpoint.local else SECONDS
    try:
        answer = asked.send(endpoint.path, endpoint.request(texts, input_type), seconds, retries=0)
        return embedding.checked(endpoint, answer, len(texts))
    except EmbeddingUnavailable as error:
        raise _worded(error, endpoint.url, local=endpoint.local) from None


def _try_reranker(reranker: Reranker) -> RerankTrial:
    patient = replace(reranker, seconds=LOCAL_SECONDS if reranker.local else SECONDS)
    try:
        async_to_sync(scored)(patient, _QUESTION, [_OTHER, _ANSWER])  # loads it
        begun = time.monotonic()
        other, answer = async_to_sync(scored)(patient, _QUESTION, [_OTHER, _ANSWER])
    except RerankFailed as error:
        cause = error.__context__
        if isinstance(cause, EmbeddingUnavailable):
            raise _worded(cause, reranker.url, local=reranker.local) from None
        raise TrialFailed(_("This is no reranker: %(reason)s.") % {"reason": error}, "address") from None
    return RerankTrial(reranker=reranker, seconds=time.monotonic() - begun, is_sensible=answer > other)


def _worded(error: EmbeddingUnavailable, url: str, *, local: bool) -> TrialFailed:
    """The same for somebody who sets it up, and stands beside a form with an address, a key and a name."""
    if local:
        return TrialFailed(str(error), "model")
    host = urlsplit(url).netloc
    match error.about:
        case "key":
            return TrialFailed(_("%(host)s refused the key. Enter it again.") % {"host": host}, "key")
        case "model":
            said = error.reason or str(error)
            return TrialFailed(_("%(host)s does not take this model: %(said)s") % {"host": host, "said": said}, "model")
        case "address":
            sentence = _("Nothing usable comes from %(url)s. Is that the address and port of its API?")
            return TrialFailed(sentence % {"url": url}, "address")
    return TrialFailed(_("%(host)s failed: %(said)s") % {"host": host, "said": error.reason or str(error)}, "model")


def _look_up(url: str) -> None:
    """A name may not lead to where a cloud hands out its credentials."""
    try:
        found = socket.getaddrinfo(urlsplit(url).hostname, None, type=socket.SOCK_STREAM)
    except OSError:
        return  # the trial itself says that nothing answers there
    for *_rest, place in found:
        address = literal_address(str(place[0]).partition("%")[0])
        if address is not None and is_forbidden(address):
            raise TrialFailed(address_advice("forbidden"), "address")


def _cosine(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True)) / (math.hypot(*one) * math.hypot(*other))
