"""Bocha (博查). `POST /v1/web-search`; the answer has the shape of Bing's."""

from typing import Any

from knowledge.web.client import Answer, Ask
from knowledge.web.refusals import refusal
from knowledge.web.vendors.base import JsonEngine, at


class BochaEngine(JsonEngine):
    name = "博查 Bocha"
    address = "https://api.bochaai.com"
    results = "data.webPages.value"
    title = "name"
    snippet = "summary"

    def request(self, query: str, limit: int) -> Ask:
        return Ask(
            method="POST",
            url=f"{self.base}/v1/web-search",
            headers=self.bearer(),
            body={"query": query, "summary": True, "freshness": "noLimit", "count": min(limit, 50)},
        )

    def judge(self, answer: Answer) -> None:
        """Refusals come with status 200 as well, and their own code in the body."""
        code = str(at(answer.data, "code") or "")
        if answer.status == 200 and code.isdecimal() and int(code) >= 400:
            raise refusal(self.name, int(code))
        super().judge(answer)

    def address_of(self, result: Any) -> Any:
        if isinstance(result, dict) and not result.get("summary"):
            result["summary"] = result.get("snippet")
        return super().address_of(result)
