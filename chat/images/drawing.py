"""One answer that is a picture, from the order to the file: read this first.

`chat/runner.py` runs it like any other answer, so that it outlives its tab, can be stopped from everywhere, and ends
when its process dies. What it tells are stages: `drawing` with a detail (below), and `drawn` with a picture as JSON.
"""

import asyncio
import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from chat.database import in_database
from chat.events import AnswerFinished
from chat.images import daily, keeping, previews
from chat.images.trail import DRAWING, DRAWN
from chat.images.wish import IMAGE, Order
from chat.models import Attachment, Message
from chat.refusal import CommandRejected
from providers.base import ProviderError
from providers.images.base import Drawing, Made, Progress, Waiting
from providers.images.failing import Teller
from providers.images.makers import maker_for
from providers.models import ImageServer
from webui.live import Stream

if TYPE_CHECKING:
    from webui.accounts.models import User

STEP = 5  # percent: each step that is told is a frame that is kept


async def draw(user: "User", question: Message, reply: Message, stream: Stream) -> AnswerFinished:
    """Raises `ProviderError` and `CommandRejected`, each worded for the person who asked."""
    order = Order.from_params(reply.params[IMAGE])
    server, drawing = await in_database(prepared, user, question.text, order)
    told = _Told(stream)
    made = 0
    try:
        async with daily.held(user, server, drawing.count) as held, aclosing(maker_for(server).draw(drawing)) as events:
            async for event in events:
                match event:
                    case Waiting(before=before):
                        told.tell("" if before is None else f"queue {before}")
                    case Progress(percent=percent, preview=preview):
                        number = await previews.keep(reply.pk, preview) if preview else None
                        told.progress(percent, number)
                    case Made() as picture:
                        row = await _kept(user, reply, server, question.text, picture)
                        stream.reach(DRAWN, json.dumps(row.to_wire(), ensure_ascii=False))
                        made = held.made = made + 1
    finally:
        previews.forget(reply.pk)
    if not made:
        raise Teller(server=server.name).failed("nothing_made")
    stream.add_text(_("[Picture: %(prompt)s]") % {"prompt": " ".join(question.text.split()).replace("]", ")")})
    return AnswerFinished(finish_reason="stop")


def prepared(user: "User", prompt: str, order: Order) -> tuple[ImageServer, Drawing]:
    """The server with the rights of this moment, and the bytes of what is to be changed."""
    server = ImageServer.objects.usable_by(user).filter(pk=order.server).first()
    if server is None:
        sentence = _("“%(server)s” makes no pictures here, or not for you. Choose another.")
        raise CommandRejected(sentence % {"server": order.name}, code="not_allowed")
    files = {str(row.pk): row for row in Attachment.objects.filter(pk__in=filter(None, (order.edits, order.mask)))}
    if order.edits and order.edits not in files:
        raise ProviderError(_("The picture that is to be changed is not there any more."), code="not_found")
    mask = files.get(order.mask)
    return server, Drawing(
        prompt=prompt,
        negative=order.negative,
        width=order.width,
        height=order.height,
        count=order.count,
        seed=order.seed,
        strength=order.strength,
        source=keeping.as_png(keeping.content_of(files[order.edits])) if order.edits else None,
        mask=keeping.as_png(keeping.content_of(mask)) if mask else None,
    )


async def _kept(user: "User", reply: Message, server: ImageServer, prompt: str, picture: Made) -> Attachment:
    fresh = await asyncio.to_thread(keeping.developed, picture.content, server.name)
    return await in_database(keeping.keep, user.pk, reply, fresh, how_made(server, prompt, picture))


def how_made(server: ImageServer, prompt: str, picture: Made) -> dict[str, Any]:
    """What is kept beside a picture: its words are what it is called where it cannot be seen."""
    made: dict[str, Any] = {"prompt": prompt, "server": server.name}
    made |= {"seed": picture.seed} if picture.seed is not None else {}
    return made | ({"revised": picture.prompt} if picture.prompt else {})


class _Told:
    """What the page was told last: the same is not told twice, and percents in steps.

    A detail is "", "queue 3", "40" or "40 2": percent, and the number of the newest preview.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._last: str | None = None
        self._percent = 0

    def progress(self, percent: int, preview: int | None) -> None:
        percent = max(self._percent, min(100, percent))
        if preview is None and percent < self._percent + STEP and self._last is not None:
            return
        self._percent = percent
        self.tell(f"{percent} {preview}" if preview else str(percent))

    def tell(self, detail: str) -> None:
        if detail != self._last:
            self._last = detail
            self._stream.reach(DRAWING, detail)
