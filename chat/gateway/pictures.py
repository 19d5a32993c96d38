"""POST /v1/images/generations: pictures for programs, behind the same keys, rights, limits and counts as in a chat.

What is made is drawn anew and given back as base64, and nothing of it is kept; or as an address, and then it is kept
for a day among the files of its person (picture_links.py). Hanging up ends the work on the server.
"""

import asyncio
import base64
import json
import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from channels.db import database_sync_to_async
from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chat.database import in_database
from chat.gateway import errors
from chat.gateway.callers import Caller, caller_of
from chat.gateway.errors import ApiProblem
from chat.gateway.picture_links import address_of
from chat.images import daily, drawing, keeping, ordering
from chat.images.wish import LONGEST_PROMPT, MOST, ImageWish, Order
from chat.refusal import CommandRejected
from providers import budgets, counting
from providers.base import ProviderError
from providers.budgets import Claim, OverBudget
from providers.images.base import Drawing, Made
from providers.images.failing import Teller
from providers.images.makers import maker_for
from providers.models import ImageServer, Usage

router = Router(tags=["openai"])
LARGEST = 64 * 1024  # bytes of a request
# Written into programs that know OpenAI's models alone; what drew is told in the answer.
HABITS = {"", "dall-e-2", "dall-e-3", "gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5"}


class Pictures(BaseModel):
    """A request as OpenAI describes it; `negative_prompt` and `seed` go to servers that know them."""

    model_config = ConfigDict(extra="ignore")
    prompt: str = Field(min_length=1, max_length=LONGEST_PROMPT)
    model: str = ""
    n: int = Field(1, ge=1, le=MOST)
    size: str = ""
    response_format: str = "b64_json"
    negative_prompt: str = ""
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What is about to be drawn, by whom, and what it holds meanwhile."""

    server: ImageServer
    drawing: Drawing
    order: Order
    claim: Claim | None


@router.post("/images/generations")
async def generate(request: HttpRequest) -> dict[str, Any]:
    """Pictures as base64, or as addresses that are good for an hour."""
    wish, caller = _asked(request), caller_of(request)
    return await drawn_for(request, caller, wish, await database_sync_to_async(ordered)(caller, wish))


async def drawn_for(request: HttpRequest, caller: Caller, wish: Pictures, asked: Ordered) -> dict[str, Any]:
    """Draws, counts, and tells it in the shape of the API. Hanging up ends the work on the server."""
    server, rows = asked.server, list[dict[str, Any]]()
    try:
        async with (
            daily.held(caller.user, server, asked.drawing.count) as held,
            aclosing(maker_for(server).draw(asked.drawing)) as events,
        ):
            async for event in events:
                if isinstance(event, Made):
                    rows.append(await _told(request, caller, wish, event, server))
                    held.made = len(rows)
    except (ProviderError, CommandRejected) as failure:
        raise errors.of_failure(failure.code, str(failure)) from None
    finally:
        await asyncio.shield(_settle(caller, asked.claim, asked.order, server, len(rows)))
    return {"created": int(time.time()), "model": server.public_id, "data": rows}


async def _told(
    request: HttpRequest, caller: Caller, wish: Pictures, made: Made, server: ImageServer
) -> dict[str, Any]:
    fresh = await asyncio.to_thread(keeping.developed, made.content, server.name)
    told = {"revised_prompt": made.prompt} if made.prompt else {}
    if wish.response_format != "url":
        return {"b64_json": base64.b64encode(fresh.content).decode(), **told}
    how = drawing.how_made(server, wish.prompt, made)
    return {"url": address_of(request, await in_database(keeping.lay_by, caller.user.pk, fresh, how)), **told}


def _asked(request: HttpRequest) -> Pictures:
    body = request.body
    if len(body) > LARGEST:
        raise ApiProblem("The request is larger than 64 KB.", code="too_large", status=413)
    try:
        wish = Pictures.model_validate(json.loads(body))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "body"
        raise ApiProblem(f"{where}: {first['msg']}.", code="bad_request", status=400, param=where) from None
    except (ValueError, RecursionError):
        raise ApiProblem("The body is not JSON.", code="bad_request", status=400) from None
    checked(wish)
    return wish


def checked(wish: Pictures) -> None:
    if wish.response_format not in ("", "b64_json", "url"):
        sentence = "“response_format” is b64_json or url."
        raise ApiProblem(sentence, code="bad_request", status=400, param="response_format")


def ordered(caller: Caller, wish: Pictures, *, edits: bool = False) -> Ordered:
    """With the rights and limits of this moment; `edits`: by a server that changes pictures."""
    given = ImageWish(
        server="" if wish.model in HABITS else wish.model[:120],
        size=wish.size,
        count=wish.n,
        negative=wish.negative_prompt[:LONGEST_PROMPT],
        seed=None if wish.seed is None else wish.seed % 2**32,
    )
    key = caller.key
    try:
        server, order = ordering.judged(caller.user, given, wish.prompt, one_of=key.model_ids if key else ())
        server, drawn = drawing.prepared(caller.user, wish.prompt, order)
        if edits and not server.can_edit:
            raise Teller(server=server.name).failed("no_edits")
    except CommandRejected as refusal:
        raise errors.of_failure(refusal.code, str(refusal)) from None
    except ProviderError as refusal:
        raise errors.of_failure("bad_request", str(refusal)) from None
    try:
        claim = budgets.claim(caller.user, estimate=order.tokens, key=key)
    except OverBudget as refusal:
        raise errors.of_limit(refusal) from None
    return Ordered(server=server, drawing=drawn, order=order, claim=claim)


async def _settle(caller: Caller, claim: Claim | None, order: Order, server: ImageServer, pictures: int) -> None:
    tokens = order.tokens // order.count * pictures
    if pictures:
        counting.count(
            caller.user.pk,
            server.public_id,
            Usage.Purpose.IMAGE,
            prompt=0,
            completion=tokens,
            key=caller.key_id,
            answers=pictures,
        )
    if claim is not None:
        await in_database(budgets.settle, claim, 0, tokens)
