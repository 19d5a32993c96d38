"""SearXNG: a metasearch server of one's own. `GET /search?format=json`."""

from django.utils.translation import gettext as _

from knowledge.passages import SearchError
from knowledge.web.client import Answer, Ask
from knowledge.web.vendors.base import JsonEngine


class SearxngEngine(JsonEngine):
    name = "SearXNG"
    snippet = "content"

    def request(self, query: str, limit: int) -> Ask:
        chosen = {name: self.access.options.get(name, "") for name in ("language", "categories", "engines")}
        given = {name: value for name, value in chosen.items() if value}
        return Ask(url=f"{self.base.removesuffix('/search')}/search", params={"q": query, "format": "json", **given})

    def judge(self, answer: Answer) -> None:
        if answer.status == 403:
            raise SearchError(
                _("%(engine)s gives no JSON: json must stand in search.formats of its settings.yml.")
                % {"engine": self.name}
            )
        if answer.status == 429:
            raise SearchError(
                _("%(engine)s refuses so many searches: an administrator can switch off its limiter for this server.")
                % {"engine": self.name}
            )
        super().judge(answer)
        # It finds nothing when none of the engines behind it answers, and says so beside.
        silent = answer.data.get("unresponsive_engines") if isinstance(answer.data, dict) else None
        if silent and not answer.data.get("results"):
            names = ", ".join(str(one[0] if isinstance(one, list) and one else one)[:40] for one in silent[:5])
            raise SearchError(
                _("%(engine)s found nothing because its own engines failed: %(names)s.")
                % {"engine": self.name, "names": names}
            )
