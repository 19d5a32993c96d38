"""A server that answers like Tavily's API: `tavily.results` are what it finds, `tavily.mood` is how it behaves.

with Tavily() as tavily:
    tavily.results = [result("https://example.org/", "Title", "Snippet")]
    # WEBUI: TAVILY_BASE_URL=tavily.address, TAVILY_API_KEY=tavily.key
"""

import asyncio
import json

from tests.servers.sockets import Request, SocketServer, response

KEY = "tvly-test-0123456789"
MOODS = {
    "plan_limit": (432, {"detail": {"error": "This request exceeds your plan's set usage limit."}}),
    "rate_limit": (429, {"detail": {"error": "Your request has been blocked due to excessive requests."}}),
    "forbidden": (403, {"detail": {"error": "Forbidden"}}),
    "bad_request": (400, {"detail": {"error": "Query is too long. Max query length is 400 characters."}}),
    "broken": (500, {"detail": {"error": "Internal Server Error"}}),
    "odd_json": (200, ["no", "object"]),
    "odd_results": (200, {"results": [None, 7, {"url": None}, {"title": "no address"}, {"url": 5}]}),
    "no_results": (200, {"query": "", "results": []}),
    "results_missing": (200, {"query": ""}),
}


def result(url: str, title: str = "A page", content: str = "", score: float = 0.9) -> dict[str, object]:
    return {"url": url, "title": title, "content": content, "score": score, "raw_content": None}


class Tavily(SocketServer):
    def __init__(self, key: str = KEY, **options) -> None:
        super().__init__(self._answer, **options)
        self.key = key
        self.results: list[dict[str, object]] = []
        self.mood = "well"

    @property
    def searches(self) -> list[dict[str, object]]:
        """The bodies of the searches it was asked for."""
        return [json.loads(request.body) for request in self.requests]

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(await self._reply(request))

    async def _reply(self, request: Request) -> bytes:
        if (request.method, request.path) != ("POST", "/search"):
            return _json(404, {"detail": "Not Found"})
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return _json(401, {"detail": {"error": "Unauthorized: missing or invalid API key."}})
        if self.mood == "slow":
            await asyncio.sleep(60)
        if self.mood == "garbage":
            return response(b"<html>The proxy says hello</html>", media_type="text/html")
        if self.mood == "huge":
            return response(b'{"results": [' + b'"xxxxxxxxxxxxxxxx",' * 400_000, media_type="application/json")
        if self.mood in MOODS:
            return _json(*MOODS[self.mood])
        asked = json.loads(request.body)
        found = self.results[: asked.get("max_results", 5)]
        return _json(200, {"query": asked["query"], "results": found, "response_time": 0.1, "images": []})


def _json(status: int, body: object) -> bytes:
    return response(json.dumps(body).encode(), f"{status} Scripted", "application/json")
