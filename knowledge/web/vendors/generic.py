"""Any engine that answers with JSON, described by an administrator: address, headers, body, and paths in the answer."""

import json
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from knowledge.passages import SearchError
from knowledge.web.client import Ask
from knowledge.web.engines import EngineAccess
from knowledge.web.vendors.base import JsonEngine


class GenericEngine(JsonEngine):
    """In the address, the headers and the body {query}, {limit} and {key} are filled in."""

    name = "JSON"

    def __init__(self, access: EngineAccess) -> None:
        super().__init__(access)
        self.base = access.base_url
        self.results = access.options.get("results", "")
        self.url = access.options.get("url") or "url"
        self.title = access.options.get("title") or "title"
        self.snippet = access.options.get("snippet") or "snippet"

    def request(self, query: str, limit: int) -> Ask:
        options = self.access.options
        values = {"query": query, "limit": str(limit), "key": self.access.api_key}
        method = options.get("method") or "GET"
        return Ask(
            method=method,
            url=filled(self.base, {name: quote(value, safe="") for name, value in values.items()}),
            headers=dict(headers_in(filled(options.get("headers", ""), {**values, "query": quote(query)}))),
            body=self._body(options.get("body", ""), values) if method == "POST" else None,
        )

    def _body(self, template: str, values: dict[str, str]) -> Any:
        # Written as JSON strings are, so that a question with quotation marks cannot become more than a question.
        escaped = {name: json.dumps(value)[1:-1] for name, value in values.items()}
        try:
            return json.loads(filled(template or "{}", escaped))
        except ValueError:
            raise SearchError(
                _("The body set up for %(engine)s is no JSON. An administrator can correct it.") % {"engine": self.name}
            ) from None


def filled(template: str, values: dict[str, str]) -> str:
    """In one pass: what was filled in is not looked at again."""
    parts = template.split("{")
    text = parts[0]
    for part in parts[1:]:
        name, brace, rest = part.partition("}")
        text += values[name] + rest if brace and name in values else "{" + part
    return text


def headers_in(text: str) -> list[tuple[str, str]]:
    """Of lines like `X-Api-Key: abc`."""
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return [(name.strip(), value.strip()) for name, _colon, value in pairs if name.strip()]
