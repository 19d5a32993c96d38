"""Tavily, through its own client package. Loaded by the first search, like every engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from tavily import AsyncTavilyClient, errors

from knowledge.passages import SearchError
from knowledge.web.client import errors_as_sentences, http_client
from knowledge.web.engines import EngineAccess, Hit
from knowledge.web.plaintext import plain, plain_line
from knowledge.web.refusals import refusal, too_slow, unusable
from knowledge.web.vendors.base import LONGEST_QUERY, LONGEST_SNIPPET

ADDRESS = "https://api.tavily.com"


class TavilyEngine:
    name = "Tavily"

    def __init__(self, access: EngineAccess) -> None:
        self._access = access
        self.name = access.name or "Tavily"
        self.quota = ""

    async def search(self, query: str, *, limit: int, seconds: float) -> list[Hit]:
        with self._errors_as_sentences(), errors_as_sentences(self.name):
            async with self._client() as client:
                tavily = AsyncTavilyClient(api_key=self._access.api_key, client=client)
                answer = await tavily.search(
                    " ".join(query.split())[:LONGEST_QUERY],
                    max_results=limit,
                    search_depth="basic",
                    timeout=seconds,
                )
        return self._hits(answer)[:limit]

    def _client(self) -> httpx.AsyncClient:
        """Ours, because the package's own would take proxies from the environment and answers of any size."""
        key = {"Authorization": f"Bearer {self._access.api_key}"} if self._access.api_key else {}
        return http_client(self._access.base_url or ADDRESS, {"Content-Type": "application/json", **key})

    @contextmanager
    def _errors_as_sentences(self) -> Iterator[None]:
        try:
            yield
        except errors.InvalidAPIKeyError:
            raise refusal(self.name, 401) from None
        except (errors.UsageLimitExceededError, errors.ForbiddenError):
            raise refusal(self.name, 429) from None
        except errors.BadRequestError:
            raise refusal(self.name, 400) from None
        except errors.TimeoutError:
            raise SearchError(too_slow(self.name)) from None
        except (ValueError, TypeError, AttributeError, RecursionError):  # it trusts that the answer has its shape
            raise SearchError(unusable(self.name)) from None

    def _hits(self, answer: Any) -> list[Hit]:
        """What is usable in the answer; pages without an address are none."""
        results = answer.get("results") if isinstance(answer, dict) else None
        if not isinstance(results, list):
            raise SearchError(unusable(self.name))
        return [
            Hit(
                url=result["url"],
                title=plain_line(str(result.get("title") or "")),
                snippet=plain(str(result.get("content") or ""))[:LONGEST_SNIPPET],
                score=_score(result.get("score")),
            )
            for result in results
            if isinstance(result, dict) and isinstance(result.get("url"), str)
        ]


def _score(value: object) -> float:
    return min(max(float(value), 0.0), 1.0) if isinstance(value, int | float) else 0.0
