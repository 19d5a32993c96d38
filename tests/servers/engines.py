"""A server that answers like each search engine: `with Engine("brave") as engine:`; `engine.results`, `engine.mood`.

The shapes are those of the engines' own documentation; SearXNG's are those of its source.
"""

import asyncio
import json
from urllib.parse import parse_qs, urlsplit

from tests.servers.sockets import Request, SocketServer, response

KEY = "key-of-the-engine-0123456789"
ROUTES = {
    "searxng": ("GET", "/search"),
    "brave": ("GET", "/res/v1/web/search"),
    "bocha": ("POST", "/v1/web-search"),
    "serper": ("POST", "/search"),
    "exa": ("POST", "/search"),
    "google": ("GET", "/customsearch/v1"),
    "kagi": ("POST", "/api/v1/search"),
    "jina": ("POST", "/"),
    "perplexity": ("POST", "/search"),
    "wikipedia": ("GET", "/w/api.php"),
    "json": ("GET", "/find"),
}
KEY_IN = {"brave": "x-subscription-token", "serper": "x-api-key", "exa": "x-api-key", "google": "x-goog-api-key"}
FREE = ("searxng", "wikipedia", "json")
REFUSED = {  # what each says to a wrong key
    "brave": (422, {"type": "ErrorResponse", "error": {"code": "SUBSCRIPTION_TOKEN_INVALID", "status": 422}}),
    "serper": (403, {"message": "Unauthorized.", "statusCode": 403}),
    "google": (400, {"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}),
    "bocha": (200, {"code": "401", "message": "Invalid API KEY", "log_id": "7e2c1d"}),
}


def shaped(kind, results):  # noqa: C901
    """`results` are (address, title, excerpt)."""
    match kind:
        case "searxng":
            found = [{"url": u, "title": t, "content": s, "engine": "bing", "score": 1.0} for u, t, s in results]
            return {"query": "q", "results": found, "answers": [], "infoboxes": [], "unresponsive_engines": []}
        case "brave":
            found = [{"url": u, "title": t, "description": s, "age": None} for u, t, s in results]
            return {"type": "search", "query": {"original": "q"}, "web": {"type": "search", "results": found}}
        case "bocha":
            found = [{"name": t, "url": u, "snippet": s, "summary": s, "siteName": "x"} for u, t, s in results]
            return {"code": 200, "log_id": "1", "msg": None, "data": {"webPages": {"value": found}}}
        case "serper":
            found = [{"title": t, "link": u, "snippet": s, "position": 1} for u, t, s in results]
            return {"searchParameters": {"q": "q"}, "organic": found, "credits": 1}
        case "exa":
            found = [{"id": u, "url": u, "title": t, "score": 0.5, "highlights": [s]} for u, t, s in results]
            return {"requestId": "1", "results": found}
        case "google":
            found = [{"kind": "customsearch#result", "title": t, "link": u, "snippet": s} for u, t, s in results]
            return {"kind": "customsearch#search", **({"items": found} if found else {})}
        case "kagi":
            found = [{"url": u, "title": t, "snippet": s} for u, t, s in results]
            return {"meta": {"id": "1", "api_balance": 12.5}, "data": {"search": found} if found else {}}
        case "jina":
            found = [{"title": t, "url": u, "description": s, "usage": {"tokens": 1}} for u, t, s in results]
            return {"code": 200, "status": 20000, "data": found}
        case "perplexity":
            return {"id": "1", "results": [{"title": t, "url": u, "snippet": s, "date": ""} for u, t, s in results]}
        case "wikipedia":
            found = [{"ns": 0, "title": t, "pageid": 1, "snippet": s} for _u, t, s in results]
            return {"batchcomplete": True, "query": {"search": found}}
        case "json":
            return {"deep": [{"items": [{"link": {"href": u}, "name": t, "text": s} for u, t, s in results]}]}
    raise AssertionError(kind)


class Engine(SocketServer):
    """`mood`: well, slow, garbage, odd_json, huge, bomb, redirect, or a status like "429"."""

    def __init__(self, kind: str, **options) -> None:
        super().__init__(self._answer, **options)
        self.kind = kind
        self.results: list[tuple[str, str, str]] = []
        self.mood = "well"
        self.headers: dict[str, str] = {}

    @property
    def asked(self) -> dict[str, str]:
        """The parameters or the body of the last search."""
        last = self.requests[-1]
        if last.body:
            return json.loads(last.body)
        return {name: values[0] for name, values in parse_qs(urlsplit(last.path).query).items()}

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if self.mood == "slow":
            await asyncio.sleep(60)
        writer.write(self._reply(request))

    def _reply(self, request: Request) -> bytes:
        from tests.servers.pages import gzip_bomb, redirect

        if (request.method, urlsplit(request.path).path) != ROUTES[self.kind]:
            return _json(404, {"detail": "Not Found"})
        given = request.headers.get(KEY_IN.get(self.kind, "authorization"), "").removeprefix("Bearer ")
        if self.kind not in FREE and given != KEY:
            return _json(*REFUSED.get(self.kind, (401, {"error": "Unauthorized"})))
        match self.mood:
            case "garbage":
                return response(b"<html>The proxy says hello</html>")
            case "odd_json":
                return _json(200, "neither object nor list")
            case "huge":
                return response(b"[" + b'"xxxxxxxxxxxxxxxx",' * 400_000, media_type="application/json")
            case "bomb":
                return gzip_bomb(20)
            case "redirect":
                return redirect("http://169.254.169.254/latest/")
            case status if status.isdecimal():
                return _json(int(status), {"error": "as it was told"})
        return _json(200, shaped(self.kind, self.results), **self.headers)


def _json(status: int, body: object, **headers: str) -> bytes:
    return response(json.dumps(body).encode(), f"{status} Scripted", "application/json", **headers)
