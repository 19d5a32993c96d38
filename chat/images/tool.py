"""Pictures for a model that asks for one: the same rights, limits and counts as for a person who does.

For the tools of a chat: `await picture(user, reply, arguments)` gives the sentence that the model is told. The picture
joins the files of the answer, and whoever watches that is told at once.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from chat.database import in_database
from chat.images import daily, drawing, keeping, ordering
from chat.images.trail import DRAWN
from chat.images.wish import LONGEST_PROMPT, ImageWish, Order
from chat.models import Message
from chat.refusal import CommandRejected
from providers import budgets, counting
from providers.base import ProviderError
from providers.budgets import Claim, OverBudget
from providers.images.base import Drawing, Made
from providers.images.makers import maker_for
from providers.models import ImageServer, Usage
from webui.live import hub

if TYPE_CHECKING:
    from webui.accounts.models import User

NAME = "draw_picture"
DESCRIPTION = "Draw one picture from a description and show it to the person. Only when they ask for a picture."
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "prompt": {"type": "string", "description": "What the picture shows, in detail.", "maxLength": LONGEST_PROMPT},
        "size": {"type": "string", "description": "Like 1024x1024; leave it out for the usual size."},
    },
    "required": ["prompt"],
    "additionalProperties": False,
}


class NoPicture(Exception):
    """Why there is none: a sentence for the person, and for the model that wanted it."""


async def picture(user: "User", reply: Message, arguments: Mapping[str, Any]) -> str:
    """Draws one picture for this answer. Raises `NoPicture`."""
    prompt = str(arguments.get("prompt", ""))
    try:
        server, drawn, order, claim = await in_database(_ordered, user, prompt, str(arguments.get("size", ""))[:20])
    except (CommandRejected, OverBudget) as refusal:
        raise NoPicture(str(refusal)) from None
    made = 0
    try:
        async with daily.held(user, server, 1) as held, aclosing(maker_for(server).draw(drawn)) as events:
            async for event in events:
                if isinstance(event, Made):
                    fresh = await asyncio.to_thread(keeping.developed, event.content, server.name)
                    how = drawing.how_made(server, prompt, event)
                    row = await in_database(keeping.keep, user.pk, reply, fresh, how)
                    made = held.made = 1
                    if stream := hub.streams.get(reply.pk):
                        stream.reach(DRAWN, json.dumps(row.to_wire(), ensure_ascii=False))
    except (ProviderError, CommandRejected) as failure:
        raise NoPicture(str(failure)) from None
    finally:
        await asyncio.shield(_settle(user, claim, order, server, made))
    if not made:
        raise NoPicture(_("It ended its work without a picture."))
    return f"The picture was drawn and is shown to the person below your answer: {prompt}"


def _ordered(user: "User", prompt: str, size: str) -> tuple[ImageServer, Drawing, Order, Claim | None]:
    server, order = ordering.judged(user, ImageWish(size=size), prompt)
    server, drawn = drawing.prepared(user, prompt, order)
    return server, drawn, order, budgets.claim(user, estimate=order.tokens)


async def _settle(user: "User", claim: Claim | None, order: Order, server: ImageServer, pictures: int) -> None:
    tokens = order.tokens * pictures
    if pictures:
        counting.count(
            user.pk, server.public_id, Usage.Purpose.IMAGE, prompt=0, completion=tokens, answers=pictures
        )  # fmt: skip
    if claim is not None:
        await in_database(budgets.settle, claim, 0, tokens)
