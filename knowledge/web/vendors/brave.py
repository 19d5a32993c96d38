"""Brave Search. `GET /res/v1/web/search`, the key in X-Subscription-Token."""

from knowledge.web.client import Answer, Ask
from knowledge.web.refusals import refusal
from knowledge.web.vendors.base import JsonEngine, at

_MOST_WORDS = 50  # Brave's own limit


class BraveEngine(JsonEngine):
    name = "Brave"
    address = "https://api.search.brave.com"
    results = "web.results"
    snippet = "description"

    def request(self, query: str, limit: int) -> Ask:
        return Ask(
            url=f"{self.base}/res/v1/web/search",
            params={
                "q": " ".join(query.split()[:_MOST_WORDS]),
                "count": min(limit, 20),
                "text_decorations": "false",
                "result_filter": "web",
            },
            headers={"X-Subscription-Token": self.access.api_key},
        )

    def judge(self, answer: Answer) -> None:
        if answer.status == 422 and at(answer.data, "error.code") == "SUBSCRIPTION_TOKEN_INVALID":
            raise refusal(self.name, 401)
        super().judge(answer)
