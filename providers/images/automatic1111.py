"""AUTOMATIC1111's WebUI and its kin (Forge, SD.Next): one long request draws, a second one asks how far it is.

Such a server draws one picture after the other, and its `interrupt` ends whatever it draws just then. So our own
requests stand in line (turns.py), each names its task, and we interrupt only when the server says that the task is
ours, or cannot tell whose it is. Raises `ProviderError`.
"""

import asyncio
import base64
import binascii
import contextlib
import json
import logging
import random
import uuid
from collections.abc import AsyncGenerator
from typing import Any

from providers.base import ProviderError
from providers.images.base import Drawing, ImageEvent, Made, Progress, Waiting
from providers.images.failing import Teller
from providers.images.line import Line
from providers.images.turns import Turn

LOOK = 0.7  # seconds between two looks at how far it is
_API = "/sdapi/v1"
log = logging.getLogger(__name__)


class Automatic1111:
    """One server and the checkpoint that is set for it."""

    def __init__(self, line: Line, teller: Teller, *, model: str, steps: int | None, seconds: int) -> None:
        self._line = line
        self._teller = teller
        self._model = model
        self._steps = steps
        self._seconds = seconds

    async def look(self) -> list[str]:
        try:
            rows = await self._line.get(f"{_API}/sd-models")
        finally:
            await self._line.close()
        if not isinstance(rows, list):
            raise self._teller.failed("bad_response")
        return [str(row.get("title") or row.get("model_name")) for row in rows if isinstance(row, dict)]

    async def draw(self, drawing: Drawing) -> AsyncGenerator[ImageEvent, None]:
        turn = Turn(self._line.base_url)
        try:
            async for _ in turn.taken():
                yield Waiting()
            async for event in self._drawn(drawing):
                yield event
        finally:
            turn.leave()
            await self._line.close()

    async def _drawn(self, drawing: Drawing) -> AsyncGenerator[ImageEvent, None]:
        name = f"task({uuid.uuid4().hex})"
        path = "img2img" if drawing.source is not None else "txt2img"
        asked = self._line.post(f"{_API}/{path}", self._body(drawing, name), seconds=self._seconds)
        work = asyncio.create_task(asked, name="a picture")
        try:
            yield Progress(percent=0)
            while not (await asyncio.wait({work}, timeout=LOOK))[0]:
                if event := await self._how_far(name):
                    yield event
            for made in self._pictures(work.result(), drawing.count):
                yield made
        except ProviderError as failure:
            if failure.code == "timeout":
                await self._interrupt(name)
            raise
        finally:
            if not work.done():
                await self._interrupt(name)
                work.cancel()
                with contextlib.suppress(asyncio.CancelledError, ProviderError):
                    await work

    def _body(self, drawing: Drawing, name: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "prompt": drawing.prompt,
            "negative_prompt": drawing.negative,
            "width": drawing.width,
            "height": drawing.height,
            "seed": drawing.seed if drawing.seed is not None else random.randrange(2**32),
            "n_iter": drawing.count,
            "batch_size": 1,
            "send_images": True,
            "save_images": False,
            "force_task_id": name,
        }
        if self._steps:
            body["steps"] = self._steps
        if self._model:
            body["override_settings"] = {"sd_model_checkpoint": self._model}
        if drawing.source is not None:
            body |= {"init_images": [_base64(drawing.source)], "denoising_strength": drawing.strength}
            if drawing.mask is not None:
                # White is painted anew, out of what stands there; the rest stays to the pixel.
                body |= {"mask": _base64(drawing.mask), "inpainting_mask_invert": 0, "inpainting_fill": 1}
        return body

    async def _how_far(self, name: str) -> ImageEvent | None:
        """None while that cannot be told: the work itself will say what is wrong."""
        try:
            told = await self._line.get(f"{_API}/progress", seconds=5)
        except ProviderError:
            return None
        if not isinstance(told, dict) or told.get("current_task") not in (None, "", name):
            return Waiting()  # somebody else's, from another door of that server
        progress = told.get("progress")
        if not isinstance(progress, int | float):
            return None
        return Progress(percent=round(100 * max(0, min(progress, 1))), preview=_bytes(told.get("current_image")))

    async def _interrupt(self, name: str) -> None:
        try:
            told = await self._line.get(f"{_API}/progress?skip_current_image=true", seconds=5)
            whose = told.get("current_task") if isinstance(told, dict) else None
            if whose in (None, "", name):
                await self._line.post(f"{_API}/interrupt", {}, seconds=5)
        except ProviderError as problem:
            log.warning("a drawing could not be interrupted: %s", problem)

    def _pictures(self, answer: Any, count: int) -> list[Made]:
        rows = answer.get("images") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise self._teller.failed("bad_response")
        seeds = _seeds(answer.get("info"))
        # A grid of all comes first on servers that are set to make one.
        rows = rows[-count:]
        made = [_bytes(row) for row in rows]
        if not made or None in made:
            raise self._teller.failed("not_a_picture" if made else "nothing_made")
        return [
            Made(content=content, seed=seeds[place] if place < len(seeds) else None)
            for place, content in enumerate(filter(None, made))
        ]


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(text: object) -> bytes | None:
    if not isinstance(text, str) or not text:
        return None
    try:
        return base64.b64decode(text.partition(",")[2] if text.startswith("data:") else text)
    except (binascii.Error, ValueError):
        return None


def _seeds(info: object) -> list[int]:
    try:
        told = json.loads(info) if isinstance(info, str) else {}
    except ValueError:
        return []
    seeds = told.get("all_seeds") if isinstance(told, dict) else None
    return [seed for seed in seeds if isinstance(seed, int)] if isinstance(seeds, list) else []
