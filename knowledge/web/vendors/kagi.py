"""Kagi. `POST /api/v1/search`; what is found stands under the name of the workflow."""

from knowledge.web.client import Answer, Ask
from knowledge.web.vendors.base import JsonEngine, at


class KagiEngine(JsonEngine):
    name = "Kagi"
    address = "https://kagi.com"
    results = "data.search"

    def request(self, query: str, limit: int) -> Ask:
        return Ask(
            method="POST",
            url=f"{self.base}/api/v1/search",
            headers=self.bearer(),
            body={"query": query, "workflow": "search"},
        )

    def left(self, answer: Answer) -> str:
        balance = at(answer.data, "meta.api_balance")
        return f"${balance:.2f}" if isinstance(balance, int | float) else answer.quota
