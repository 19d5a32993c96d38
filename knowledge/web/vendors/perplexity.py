"""Perplexity's search, and what answers like it. `POST /search`."""

from knowledge.web.client import Ask
from knowledge.web.vendors.base import JsonEngine


class PerplexityEngine(JsonEngine):
    name = "Perplexity"
    address = "https://api.perplexity.ai"

    def request(self, query: str, limit: int) -> Ask:
        return Ask(
            method="POST",
            url=f"{self.base}/search",
            headers=self.bearer(),
            body={"query": query, "max_results": min(limit, 20), "max_tokens_per_page": 512},
        )
