"""ComfyUI: a filled-in workflow goes into its queue; a socket tells how far it is, its history what came of it.

The socket is a convenience, for percents and previews: without it the history is asked. Raises `ProviderError`.
"""

import asyncio
import logging
import random
import time
import uuid
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from providers.base import ProviderError
from providers.images.base import Drawing, ImageEvent, Made, Progress, Waiting
from providers.images.comfyui_socket import Watch
from providers.images.failing import Teller, code_of
from providers.images.line import Line
from providers.images.masks import seen_through
from providers.images.workflow import Marks, Nodes, filled, kinds_in

LOOK = 1.0  # seconds between two looks at queue and history
LOST = 3  # looks that find it neither in the queue nor in the history, until it is lost
MOST_KINDS = 60
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """Nodes in API format, and where what goes in."""

    nodes: Nodes
    marks: Marks


class ComfyUI:
    """One server, with a workflow for drawing and perhaps one for changing pictures."""

    def __init__(self, line: Line, teller: Teller, *, draws: Workflow, edits: Workflow | None, usual: "Usual") -> None:
        self._line = line
        self._teller = teller
        self._draws = draws
        self._edits = edits
        self._usual = usual

    async def look(self) -> list[str]:
        """Also whether it knows the nodes of the workflows: what it lacks is told."""
        try:
            await self._line.get("/system_stats")
            for kind in self._kinds()[:MOST_KINDS]:
                told = await self._line.get(f"/object_info/{quote(kind, safe='')}")
                if not isinstance(told, dict) or kind not in told:
                    raise self._teller.failed("missing_node", kind)
        finally:
            await self._line.close()
        return []

    async def draw(self, drawing: Drawing) -> AsyncGenerator[ImageEvent, None]:
        """One turn in the queue for each picture, so that each has a seed of its own."""
        workflow = self._draws if drawing.source is None else self._edits
        if workflow is None:
            raise self._teller.failed("no_edits")
        client = uuid.uuid4().hex
        try:
            async with Watch(self._line, client) as watch:
                names = await self._upload(drawing, workflow)
                first = drawing.seed if drawing.seed is not None else random.randrange(2**32 - drawing.count)
                for place in range(drawing.count):
                    nodes = filled(workflow.nodes, workflow.marks, self._values(drawing, names, first + place))
                    async for event in self._one(nodes, client, watch):
                        match event:
                            case Made(content=content):
                                yield Made(content=content, seed=first + place)
                                break  # one of each turn, however many nodes of the workflow save theirs
                            case Progress(percent=percent, preview=preview):
                                whole = (100 * place + percent) // drawing.count
                                yield Progress(percent=whole, preview=preview)
                            case _:
                                yield event
        finally:
            await self._line.close()

    def _kinds(self) -> list[str]:
        return sorted({*kinds_in(self._draws.nodes), *(kinds_in(self._edits.nodes) if self._edits else ())})

    def _values(self, drawing: Drawing, names: Mapping[str, str], seed: int) -> dict[str, object]:
        return {
            "prompt": drawing.prompt,
            "negative": drawing.negative,
            "seed": seed,
            "width": drawing.width,
            "height": drawing.height,
            "steps": self._usual.steps,
            "model": self._usual.model,
            "strength": drawing.strength if drawing.source is not None else None,
            **names,
        }

    async def _upload(self, drawing: Drawing, workflow: Workflow) -> dict[str, str]:
        """What the nodes that load pictures are to load, under names that nobody else has."""
        if drawing.source is None:
            return {}
        source, mask = drawing.source, drawing.mask
        if mask is not None and "mask" not in workflow.marks:
            # The usual node reads the mask out of the holes of the picture itself.
            source, mask = await asyncio.to_thread(seen_through, source, mask), None
        names = {"image": await self._sent(source)}
        return names if mask is None else names | {"mask": await self._sent(mask)}

    async def _sent(self, content: bytes) -> str:
        import aiohttp

        form = aiohttp.FormData()
        form.add_field("image", content, filename=f"{uuid.uuid4().hex}.png", content_type="image/png")
        form.add_field("overwrite", "true")
        told = await self._line.post("/upload/image", form=form, seconds=60)
        name = told.get("name") if isinstance(told, dict) else None
        if not isinstance(name, str):
            raise self._teller.failed("bad_response")
        folder = told.get("subfolder")
        return f"{folder}/{name}" if folder else name

    async def _one(self, nodes: Nodes, client: str, watch: Watch) -> AsyncGenerator[ImageEvent, None]:
        told = await self._line.post("/prompt", {"prompt": nodes, "client_id": client}, seconds=30)
        number = told.get("prompt_id") if isinstance(told, dict) else None
        if not isinstance(number, str):
            raise self._teller.failed("bad_response")
        over = False
        try:
            async for event in self._followed(number, watch):
                if isinstance(event, dict):
                    over = True
                    for address in self._addresses(event):
                        yield Made(content=await self._line.fetch(address))
                else:
                    yield event
            over = True
        finally:
            if not over:
                await self._withdraw(number)

    async def _followed(self, number: str, watch: Watch) -> AsyncGenerator[ImageEvent | dict[str, Any], None]:
        """What is told on the way, and last the entry of the history. Raises `ProviderError`."""
        begun, missed, moved = time.monotonic(), 0, False
        while True:
            async for event in watch.heard(number, LOOK):
                if not moved:
                    begun, moved = time.monotonic(), True
                yield event
            history = await self._line.get(f"/history/{number}")
            if isinstance(history, dict) and number in history:
                yield history[number]
                return
            before = await self._place(number)
            missed = missed + 1 if before is None else 0
            if missed >= LOST:
                raise self._teller.failed("cut_off")
            if before == 0 and not moved:
                begun, moved = time.monotonic(), True
                yield Progress(percent=0)
            elif before:
                yield Waiting(before=before)
            if time.monotonic() - begun > self._teller.seconds:
                raise self._teller.failed("timeout" if moved else "queue_stuck")

    async def _place(self, number: str) -> int | None:
        """How many stand before it: 0 when it is being worked on, None when it is not in the queue."""
        queue = await self._line.get("/queue")
        running, pending = _entries(queue, "queue_running"), _entries(queue, "queue_pending")
        if number in running:
            return 0
        return pending.index(number) + max(1, len(running)) if number in pending else None

    async def _withdraw(self, number: str) -> None:
        """Out of the queue, or interrupted where it is ours that is worked on."""
        try:
            place = await self._place(number)
            if place == 0:
                await self._line.post("/interrupt", {"prompt_id": number}, seconds=5)
            elif place is not None:
                await self._line.post("/queue", {"delete": [number]}, seconds=5)
        except ProviderError as problem:
            log.warning("a drawing could not be withdrawn: %s", problem)

    def _addresses(self, entry: Mapping[str, Any]) -> list[str]:
        """Where its pictures are; those that were saved before those that were only shown."""
        self._judge(entry.get("status"))
        found = []
        outputs = entry.get("outputs")
        for output in outputs.values() if isinstance(outputs, dict) else ():
            found += [one for one in output.get("images") or () if isinstance(one, dict) and one.get("filename")]
        if not found:
            raise self._teller.failed("nothing_made")
        found.sort(key=lambda one: one.get("type") != "output")
        return [
            f"/view?{urlencode({key: one.get(key, '') for key in ('filename', 'subfolder', 'type')})}" for one in found
        ]

    def _judge(self, status: object) -> None:
        messages = status.get("messages") if isinstance(status, dict) else None
        for message in messages if isinstance(messages, list) else ():
            match message:
                case ["execution_error", {"exception_message": str(said), **rest}]:
                    words = f"{rest.get('exception_type', '')} {said}".strip()
                    raise self._teller.failed(code_of(0, words), words)
                case ["execution_interrupted", _]:
                    raise self._teller.failed("interrupted_there")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What an administrator has set, for workflows that have it marked."""

    model: str = ""
    steps: int | None = None


def _entries(queue: object, name: str) -> list[str]:
    rows = queue.get(name) if isinstance(queue, dict) else None
    rows = [row for row in rows if isinstance(row, list) and len(row) > 1] if isinstance(rows, list) else []
    return [str(row[1]) for row in sorted(rows, key=lambda row: row[0])]
