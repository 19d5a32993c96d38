"""The HTTP rim: `GET /healthz`, `POST /v1/embeddings` in OpenAI's shape with `input_type`, `POST /v1/rerank` in Jina's.

Nothing heavy is imported here: the process stays small until the first text comes.
"""

import base64
import json
import select
import socket
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from knowledge.embedder.line import Job, Line, LineFull

MAX_BODY = 16 * 1024 * 1024
MAX_TEXTS = 2048
MAX_CHARACTERS = 100_000
LOOK_UP_SECONDS = 1.0


class BadRequest(Exception):
    """What is wrong with a request, as a sentence."""


class EmbedderServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], line: Line) -> None:
        super().__init__(address, Handler)
        self.line = line

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that went away are nothing to report; anything else is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An idle keep-alive connection holds a thread; clients open a new one when they need it.
    timeout = 120
    server: EmbedderServer

    def setup(self) -> None:
        super().setup()
        # The header and the body are two writes: without this the second waits for the other side's delayed ACK.
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)

    def do_GET(self) -> None:
        line = self.server.line
        if self.path == "/healthz":
            state, detail = line.state
            used_at = line.used_at or None
            self._answer(200, {"state": state, "model": line.model, "detail": detail, "used_at": used_at})
        elif self.path == "/v1/models":
            self._answer(200, {"object": "list", "data": [{"id": line.model, "object": "model"}]})
        else:
            self._refuse(404, "There is nothing at this address.", "not_found")

    def do_POST(self) -> None:
        read = {"/v1/embeddings": _job, "/v1/rerank": _rerank_job}.get(self.path)
        if read is None:
            self._refuse(404, "There is nothing at this address.", "not_found")
            return
        try:
            body = self._body()
            job = read(body)
            self.server.line.join(job)
        except BadRequest as error:
            self._refuse(400, str(error), "bad_request")
        except LineFull:
            self._refuse(503, "Too many texts are waiting to be embedded. Try again in a minute.", "busy")
        else:
            self._wait(job)
            if job.abandoned:
                return
            if job.problem:
                self._refuse(503, job.problem, "model_unavailable")
            elif job.kind == "reranking":
                self._answer(200, _ranking(job))
            else:
                packed = body.get("encoding_format") == "base64"
                self._answer(200, _embeddings(job, job.model or self.server.line.model, packed))

    def _wait(self, job: Job) -> None:
        """Until the vectors are there, or nobody is left to take them."""
        while not job.done.wait(LOOK_UP_SECONDS):
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                job.abandoned = self.close_connection = True
                return

    def _body(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            raise BadRequest(f"A request needs a Content-Length of at most {MAX_BODY} bytes.")
        try:
            body = json.loads(self.rfile.read(int(length)))
        except ValueError:
            raise BadRequest("The request is not valid JSON.") from None
        if not isinstance(body, dict):
            raise BadRequest("The request must be a JSON object.")
        return body

    def _refuse(self, status: int, message: str, code: str) -> None:
        kind = "invalid_request_error" if status < 500 else "server_error"
        self._answer(status, {"error": {"message": message, "type": kind, "param": None, "code": code}})

    def _answer(self, status: int, payload: dict[str, Any]) -> None:
        content = json.dumps(payload).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what people ask does not belong in a log, and the line logs what fails."""


def _job(body: dict[str, Any]) -> Job:
    texts = body.get("input")
    if isinstance(texts, str):
        texts = [texts]
    input_type = body.get("input_type", "passage")
    if input_type not in ("query", "passage"):
        raise BadRequest("“input_type” must be “query” or “passage”.")
    if body.get("encoding_format", "float") not in ("float", "base64"):
        raise BadRequest("“encoding_format” must be “float” or “base64”.")
    return Job(_texts(texts, "input"), input_type, model=_model(body))


def _rerank_job(body: dict[str, Any]) -> Job:
    question, model = body.get("query"), _model(body)
    if not isinstance(question, str) or not question.strip() or len(question) > MAX_CHARACTERS:
        raise BadRequest(f"“query” must be a text of at most {MAX_CHARACTERS} characters.")
    if not model:
        raise BadRequest("“model” must name a cross-encoder.")
    seconds = body.get("seconds")
    until = time.monotonic() + float(seconds) if isinstance(seconds, int | float) else float("inf")
    return Job(_texts(body.get("documents"), "documents"), model=model, question=question, until=until)


def _texts(texts: object, field: str) -> list[str]:
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise BadRequest(f"“{field}” must be a text or a list of texts that is not empty.")
    if len(texts) > MAX_TEXTS:
        raise BadRequest(f"“{field}” may hold at most {MAX_TEXTS} texts.")
    if any(not text.strip() for text in texts):
        raise BadRequest(f"“{field}” holds an empty text.")
    if any(len(text) > MAX_CHARACTERS for text in texts):
        raise BadRequest(f"A text may have at most {MAX_CHARACTERS} characters.")
    return texts


def _model(body: dict[str, Any]) -> str:
    model = body.get("model", "")
    if not isinstance(model, str):
        raise BadRequest("“model” must be a name.")
    return model


def _ranking(job: Job) -> dict[str, Any]:
    results = [{"index": number, "relevance_score": score} for number, score in enumerate(job.results())]
    return {"model": job.model, "results": sorted(results, key=lambda row: -row["relevance_score"])}


def _embeddings(job: Job, model: str, packed: bool) -> dict[str, Any]:
    def written(vector: Any) -> str | list[float]:
        return base64.b64encode(vector.astype("<f4").tobytes()).decode() if packed else vector.tolist()

    data = [
        {"object": "embedding", "index": number, "embedding": written(vector)}
        for number, vector in enumerate(job.results())
    ]
    return {"object": "list", "data": data, "model": model, "usage": {"prompt_tokens": 0, "total_tokens": 0}}
