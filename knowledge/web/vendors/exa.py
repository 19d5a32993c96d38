"""Exa. `POST /search`, the key in x-api-key; excerpts are asked for as highlights."""

from knowledge.web.client import Ask
from knowledge.web.vendors.base import JsonEngine


class ExaEngine(JsonEngine):
    name = "Exa"
    address = "https://api.exa.ai"
    snippet = "highlights"

    def request(self, query: str, limit: int) -> Ask:
        return Ask(
            method="POST",
            url=f"{self.base}/search",
            headers={"x-api-key": self.access.api_key},
            body={
                "query": query,
                "type": "auto",
                "numResults": limit,
                "contents": {"highlights": {"maxCharacters": 500}},
            },
        )
