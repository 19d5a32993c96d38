"""A server that counts every prompt and refuses what does not fit, in the words of one product or another.

`counter(text)` counts; `cuts=True` makes it cut to the window instead and say nothing, as some do. `bodies` are what it
was sent.
"""

import json

from tests.servers.openai_chunks import DONE, SSE, chunk, event, json_answer
from tests.servers.sockets import SocketServer

AROUND = 8  # tokens of a template around each message
BEFORE = 20  # and before all


def pessimistic(text: str) -> int:
    """More than any usual tokenizer makes of words: a token for three letters, five for three Chinese characters."""
    wide = (len(text.encode()) - len(text)) // 2
    return (len(text) - wide) * 10 // 32 + wide * 5 // 3


def prompt_tokens(body: dict, counter=pessimistic) -> int:
    return BEFORE + sum(AROUND + counter(message["content"]) for message in body["messages"])


def _vllm(prompt, wished, window):
    if prompt < window:
        said = (
            f"'max_tokens' or 'max_completion_tokens' is too large: {wished}. This model's maximum context length is"
            f" {window} tokens and your request has {prompt} input tokens ({wished} > {window} - {prompt})."
        )
    else:
        said = (
            f"This model's maximum context length is {window} tokens. However, your request has {prompt} input tokens."
            " Please reduce the length of the input messages."
        )
    return 400, {"error": {"message": said, "type": "BadRequestError", "param": None, "code": 400}}


def _vllm_32(prompt, wished, window):
    """From 0.32 on: it stops counting when it is too much, and cuts a wish that only the prompt makes too long."""
    if prompt < window:
        said = (
            f"max_tokens={wished} cannot be greater than max_model_len={window}. Please request fewer output tokens."
            f" (parameter=max_tokens, value={wished})"
        )
    else:
        said = (
            f"This model's maximum context length is {window} tokens. However, your prompt contains at least"
            f" {window + 1} input tokens, which exceeds this limit even without any output tokens. Please reduce the"
            f" length of the input prompt. (parameter=input_tokens, value={window + 1})"
        )
    return 400, {"error": {"message": said, "type": "BadRequestError", "param": "input_tokens", "code": 400}}


def _openai(prompt, wished, window):
    said = (
        f"This model's maximum context length is {window} tokens. However, you requested {prompt + wished} tokens"
        f" ({prompt} in the messages, {wished} in the completion). Please reduce the length of the messages."
    )
    return 400, {"error": {"message": said, "type": "invalid_request_error", "code": "context_length_exceeded"}}


def _llama(prompt, wished, window):
    said = "the request exceeds the available context size, try increasing it"
    error = {"code": 400, "message": said, "type": "exceed_context_size_error"}
    return 400, {"error": error | {"n_prompt_tokens": prompt, "n_ctx": window}}


def _lm_studio(prompt, wished, window):
    said = (
        f"Trying to keep the first {prompt} tokens when context the overflows. However, the model is loaded with"
        f" context length of only {window} tokens, which is not enough. Try to load the model with a larger context"
        " length."
    )
    return 400, {"error": said}


def _swift(prompt, wished, window):
    said = f"Current length of row({prompt}) is larger than the max_length({window})."
    return 400, {"object": "error", "message": said, "type": "BadRequestError", "param": None, "code": 400}


def _ollama(prompt, wished, window):
    return 400, {"error": "the input length exceeds the context length"}


def _wordless(prompt, wished, window):
    return 400, {"error": {"message": "The prompt is too long.", "type": "invalid_request_error"}}


REFUSALS = {
    "vllm": _vllm,
    "vllm_32": _vllm_32,
    "openai": _openai,
    "llama": _llama,
    "lm_studio": _lm_studio,
    "swift": _swift,
    "ollama": _ollama,
    "wordless": _wordless,
}
# These look at the prompt alone; the others refuse as well what leaves no room for the answer wished for.
_CLAMP = {"llama", "lm_studio", "swift", "ollama", "wordless"}


def refusal(product: str, body: dict, window: int, counter=pessimistic) -> tuple[int, dict] | None:
    """(status, body) when the request does not fit, else None."""
    prompt, wished = prompt_tokens(body, counter), body.get("max_tokens") or 0
    if product == "vllm_32" and wished <= window:
        wished = 0
    if prompt < window and (product in _CLAMP or prompt + wished <= window):
        return None
    return REFUSALS[product](prompt, wished, window)


class StrictServer(SocketServer):
    def __init__(self, product: str = "vllm", window: int = 4096, counter=pessimistic, cuts: bool = False) -> None:
        super().__init__(self._answer)
        self.product = product
        self.window = window
        self.counter = counter
        self.cuts = cuts
        self.refused = 0

    @property
    def base_url(self) -> str:
        return f"{self.address}/v1"

    @property
    def bodies(self) -> list[bytes]:
        return [request.body for request in list(self.requests) if request.path.endswith("/chat/completions")]

    async def _answer(self, request, writer) -> None:
        body = json.loads(request.body)
        problem = None if self.cuts else refusal(self.product, body, self.window, self.counter)
        if problem:
            self.refused += 1
            status, said = problem
            writer.write(json_answer(said, f"{status} Bad Request"))
            return
        prompt = min(prompt_tokens(body, self.counter), self.window)
        writer.write(SSE + chunk({"content": "Under"}) + chunk({"content": "stood."}) + chunk(finish="stop"))
        writer.write(event({"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": 2}}) + DONE)
