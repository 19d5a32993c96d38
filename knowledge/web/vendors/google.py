"""Google's Programmable Search Engine. `GET /customsearch/v1`; the key goes in a header, so that no log has it."""

from knowledge.web.client import Answer, Ask
from knowledge.web.refusals import refusal
from knowledge.web.vendors.base import JsonEngine, at


class GoogleEngine(JsonEngine):
    name = "Google PSE"
    address = "https://www.googleapis.com"
    results = "items"
    url = "link"

    def request(self, query: str, limit: int) -> Ask:
        return Ask(
            url=f"{self.base}/customsearch/v1",
            params={"q": query, "cx": self.access.options.get("cx", ""), "num": min(limit, 10)},
            headers={"X-Goog-Api-Key": self.access.api_key},
        )

    def judge(self, answer: Answer) -> None:
        """A wrong key is called a bad request."""
        if answer.status == 400 and "API key" in str(at(answer.data, "error.message")):
            raise refusal(self.name, 401)
        super().judge(answer)
