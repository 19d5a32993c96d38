"""Serper: results of Google. `POST /search`, the key in X-API-KEY."""

from knowledge.web.client import Answer, Ask
from knowledge.web.refusals import refusal
from knowledge.web.vendors.base import JsonEngine, at


class SerperEngine(JsonEngine):
    name = "Serper"
    address = "https://google.serper.dev"
    results = "organic"
    url = "link"

    def request(self, query: str, limit: int) -> Ask:
        places = {name: self.access.options.get(name, "") for name in ("gl", "hl")}
        return Ask(
            method="POST",
            url=f"{self.base}/search",
            headers={"X-API-KEY": self.access.api_key},
            body={"q": query, "num": limit, **{name: value for name, value in places.items() if value}},
        )

    def judge(self, answer: Answer) -> None:
        if answer.status == 403 and "nauthorized" in str(at(answer.data, "message")):
            raise refusal(self.name, 401)
        if answer.status == 400 and "credits" in str(at(answer.data, "message")):
            raise refusal(self.name, 402)
        super().judge(answer)
