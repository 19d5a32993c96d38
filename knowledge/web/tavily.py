"""Web search with Tavily, through its own client package. Loaded by the first search, like every engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from django.utils.translation import gettext as _
from tavily import AsyncTavilyClient, errors

from knowledge.passages import SearchError
from knowledge.web.engines import EngineAccess, Hit
from knowledge.web.plaintext import plain, plain_line

ADDRESS = "https://api.tavily.com"
LONGEST_QUERY = 400  # Tavily's own limit
LONGEST_SNIPPET = 1500
LARGEST_ANSWER = 4 * 1024 * 1024


class TavilyEngine:
    name = "Tavily"

    def __init__(self, access: EngineAccess) -> None:
        self._access = access

    async def search(self, query: str, *, limit: int, seconds: float) -> list[Hit]:
        with _errors_as_sentences():
            async with self._client() as client:
                tavily = AsyncTavilyClient(api_key=self._access.api_key, client=client)
                answer = await tavily.search(
                    " ".join(query.split())[:LONGEST_QUERY],
                    max_results=limit,
                    search_depth="basic",
                    timeout=seconds,
                )
        return _hits(answer)[:limit]

    def _client(self) -> httpx.AsyncClient:
        """Ours, because the package's own would take proxies from the environment and answers of any size."""
        return httpx.AsyncClient(
            base_url=self._access.base_url or ADDRESS,
            headers={
                "Content-Type": "application/json",
                **({"Authorization": f"Bearer {self._access.api_key}"} if self._access.api_key else {}),
            },
            trust_env=False,
            follow_redirects=False,
            event_hooks={"response": [_bounded]},
        )


async def _bounded(response: httpx.Response) -> None:
    """Reads the body here, so that one without end cannot fill the memory."""
    body = bytearray()
    async for part in response.aiter_bytes(65536):
        body += part
        if len(body) > LARGEST_ANSWER:
            raise SearchError(_unusable())
    response._content = bytes(body)


@contextmanager
def _errors_as_sentences() -> Iterator[None]:
    try:
        yield
    except errors.InvalidAPIKeyError:
        raise SearchError(_("Tavily does not accept the API key. An administrator can correct it.")) from None
    except (errors.UsageLimitExceededError, errors.ForbiddenError):
        raise SearchError(
            _("Tavily refuses the search: the plan's limit is used up, or the key may not search.")
        ) from None
    except errors.BadRequestError:
        raise SearchError(_("Tavily did not understand this search. Put it in other words.")) from None
    except (errors.TimeoutError, httpx.TimeoutException):
        raise SearchError(_("Tavily did not answer in time. Try again in a moment.")) from None
    except httpx.HTTPStatusError as error:
        raise SearchError(
            _("Tavily answered with an error (status %(status)s).") % {"status": error.response.status_code}
        ) from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise SearchError(_("Tavily cannot be reached from the server.")) from None
    except (ValueError, TypeError, AttributeError, RecursionError):  # the package trusts that the answer has its shape
        raise SearchError(_unusable()) from None


def _hits(answer: Any) -> list[Hit]:
    """What is usable in the answer; pages without an address are none."""
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list):
        raise SearchError(_unusable())
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


def _unusable() -> str:
    return _("Tavily sent an answer that cannot be read.")
