"""One server for all products that speak OpenAI's API: how each of them does it is data in `catalogue.py`."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.servers.openai_chunks import SSE, event, json_answer
from tests.servers.sockets import Request, SocketServer, response

Refusal = tuple[int, object] | None
_REASONS = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 422: "Unprocessable Entity", 500: "Failed"}


@dataclass(frozen=True, kw_only=True)
class Product:
    """What is special about it. `card` are the facts that an examination has to find."""

    name: str
    models: Sequence[Mapping]
    card: Mapping[str, object]
    routes: Mapping[str, object] = field(default_factory=dict)  # further documents, by path
    headers: Mapping[str, str] = field(default_factory=dict)
    usage: str = "last"  # last, every, timings, none
    reasoning: str = ""  # the field it thinks in; "tags" and "closing" for what stands in the text
    nulls: bool = False  # every field in every chunk
    refusals: Sequence[Callable[[Mapping], Refusal]] = ()
    error: Callable[[str], object] = lambda text: {"error": {"message": text, "type": "invalid_request_error"}}
    unknown_model: int | None = 404  # None: it answers to any name
    tells_models: bool = True
    empty: Refusal = None  # what it says when there is no message
    sees: bool = False  # an image costs tokens; else it is thrown away, unless a refusal says so
    key_checked_at: tuple[str, ...] = ("/v1/models", "/v1/chat/completions")
    wrong_key: int = 401
    silent_from: int | None = None  # characters from which it answers 200 and says nothing


class ProductServer(SocketServer):
    """`asked` are the chats so far; `busy` many of the next are answered with 503 and Retry-After."""

    def __init__(self, product: Product, key: str = "") -> None:
        super().__init__(self._answer)
        self.product = product
        self.key = key
        self.busy = 0
        self.words = ("Hello", ",", " world", ".")
        self.refusals = list(product.refusals)

    @property
    def asked(self) -> list[dict]:
        chats = [request for request in list(self.requests) if request.path == "/v1/chat/completions"]
        return [json.loads(request.body) for request in chats]

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        given = request.headers.get("authorization", "")
        if self.key and request.path in self.product.key_checked_at and given != f"Bearer {self.key}":
            self._refuse(writer, self.product.wrong_key, self.product.error("API key error"))
        elif request.path == "/v1/models" and self.product.tells_models:
            writer.write(json_answer({"object": "list", "data": list(self.product.models)}, **self.product.headers))
        elif request.path == "/v1/chat/completions" and request.method == "POST":
            self._chat(writer, json.loads(request.body))
        elif request.path in self.product.routes:
            writer.write(json_answer(self.product.routes[request.path]))
        else:
            writer.write(json_answer({"detail": "Not Found"}, "404 Not Found"))

    def _chat(self, writer: asyncio.StreamWriter, body: Mapping) -> None:
        if self.busy:
            self.busy -= 1
            error = json_answer(self.product.error("model failed to load"), "503 Busy", Retry_After="0.1")
            writer.write(error)
        elif refusal := self._refusal(body):
            self._refuse(writer, *refusal)
        elif body.get("stream"):
            writer.write(SSE + b"".join(map(event, self._chunks(body))) + event(b"[DONE]"))
        else:
            message = {"role": "assistant", "content": "ok"}
            choice = {"index": 0, "message": message, "finish_reason": "length"}
            writer.write(json_answer({"choices": [choice], **self._counts(body)}))

    def _refusal(self, body: Mapping) -> Refusal:
        if "model" not in body:
            return 422, self.product.error("field required: model")
        names = {model["id"] for model in self.product.models}
        if self.product.unknown_model and body["model"] not in names:
            return self.product.unknown_model, self.product.error(f"The model `{body['model']}` does not exist.")
        if refusal := next((found for refuses in self.refusals if (found := refuses(body))), None):
            return refusal
        if not body["messages"]:
            return self.product.empty or (400, self.product.error("messages must not be empty"))
        return None

    def _refuse(self, writer: asyncio.StreamWriter, status: int, body: object) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        writer.write(response(data, f"{status} {_REASONS.get(status, 'No')}", media_type="application/json"))

    def _chunks(self, body: Mapping) -> list[dict]:
        product = self.product
        if product.silent_from and len(json.dumps(body["messages"])) >= product.silent_from:
            return [_chunk({"role": "assistant"}), _chunk({}, "stop")]
        deltas: list[dict] = [{"role": "assistant", "content": None if product.nulls else ""}]
        match product.reasoning:
            case "tags":
                deltas += [{"content": "<think>\nLet me"}, {"content": " think.\n</think>\n\n"}]
            case "closing":
                deltas += [{"content": "Let me think.\n</think>\n\n"}]
            case str(name) if name:
                deltas += [{name: "Let me"}, {name: " think."}]
        deltas += [{"content": word} for word in self.words]
        empty = {"content": None, "tool_calls": None, "reasoning_content": None} if product.nulls else {}
        chunks = [_chunk({**empty, **delta}) for delta in deltas] + [_chunk({}, "stop")]
        counts = self._counts(body)
        if product.usage == "every":
            chunks = [{**chunk, **counts} for chunk in chunks]
        elif product.usage == "timings":
            chunks[-1] |= counts
        elif counts and (body.get("stream_options") or {}).get("include_usage"):
            chunks.append({"choices": [], **counts})
        return chunks

    def _counts(self, body: Mapping) -> dict:
        prompt = 7 + (60 if self.product.sees and "image_url" in json.dumps(body["messages"]) else 0)
        match self.product.usage:
            case "none":
                return {}
            case "timings":
                return {"timings": {"prompt_n": prompt - 2, "cache_n": 2, "predicted_n": 4}}
        return {"usage": {"prompt_tokens": prompt, "completion_tokens": 4, "total_tokens": None}}


def _chunk(delta: Mapping, finish: str | None = None) -> dict:
    return {"id": "x", "object": "chat.completion.chunk", "choices": [{"delta": delta, "finish_reason": finish}]}
