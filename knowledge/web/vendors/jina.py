"""Jina. `POST s.jina.ai`, without the pages' contents: they are read by our own client."""

from knowledge.web.client import Answer, Ask
from knowledge.web.vendors.base import JsonEngine, at


class JinaEngine(JsonEngine):
    name = "Jina"
    address = "https://s.jina.ai"
    results = "data"
    snippet = "description"

    def request(self, query: str, limit: int) -> Ask:
        return Ask(
            method="POST",
            url=f"{self.base}/",
            headers={"X-Respond-With": "no-content", **self.bearer()},
            body={"q": query, "num": limit},
        )

    def found_nothing(self, answer: Answer) -> bool:
        return answer.status == 422 and "No search results" in str(at(answer.data, "message"))
