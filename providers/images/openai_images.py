"""OpenAI's images API: `/images/generations` and `/images/edits`, as OpenAI itself and servers like it speak it.

The families differ: gpt-image answers base64 alone and refuses to be told so; dall-e-3 makes one picture at a time and
changes none; dall-e-2 wants square PNGs with a mask whose holes are transparent. gpt-image sends unfinished pictures in
a stream when one picture is asked for. Raises `ProviderError`.
"""

import asyncio
import base64
import binascii
import json
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from providers.base import ProviderError
from providers.images.base import Drawing, ImageEvent, Made, Progress
from providers.images.failing import Teller
from providers.images.line import Line
from providers.images.masks import with_holes

if TYPE_CHECKING:
    from aiohttp import FormData

_ALWAYS_BASE64 = re.compile(r"gpt-image|chatgpt-image", re.I)
_ONE_AT_A_TIME = re.compile(r"dall-e-3", re.I)
_EDITS = "/images/edits"
_GENERATIONS = "/images/generations"
_UNKNOWN = re.compile(r"(?:unknown|unsupported|unrecognized|extra|not (?:permitted|supported|allowed)|invalid)", re.I)
_SOON = 0.05
_PARTIAL = 2  # unfinished pictures that are asked for


class OpenAIImages:
    """One server and the model that is set for it."""

    def __init__(self, line: Line, teller: Teller, *, model: str, quality: str, seconds: int) -> None:
        self._line = line
        self._teller = teller
        self._model = model
        self._quality = quality
        self._seconds = seconds

    async def look(self) -> list[str]:
        try:
            listed = await self._line.get("/models")
        finally:
            await self._line.close()
        rows = listed.get("data") if isinstance(listed, dict) else None
        if not isinstance(rows, list):
            raise self._teller.failed("bad_response")
        return [str(row["id"]) for row in rows if isinstance(row, dict) and row.get("id")]

    async def draw(self, drawing: Drawing) -> AsyncGenerator[ImageEvent, None]:
        """Hanging up is what tells such a server to stop: it has no other word for it."""
        each = 1 if _ONE_AT_A_TIME.search(self._model) else drawing.count
        made = 0
        yield Progress(percent=0)
        try:
            if drawing.count == 1 and _ALWAYS_BASE64.search(self._model):
                async for event in self._live(drawing):
                    made += isinstance(event, Made)
                    yield event
            while made < drawing.count:
                answer = await self._ask(drawing, min(each, drawing.count - made))
                rows = answer.get("data") if isinstance(answer, dict) else None
                if not isinstance(rows, list) or not rows:
                    raise self._teller.failed("nothing_made")
                for row in rows[: drawing.count - made]:
                    yield await self._made(row)
                    made += 1
                    yield Progress(percent=100 * made // drawing.count)
        finally:
            await self._line.close()

    async def _live(self, drawing: Drawing) -> AsyncGenerator[ImageEvent, None]:
        """One picture with unfinished ones before it; nothing where the server does not know how."""
        fields = {**self._fields(drawing, 1), "stream": True, "partial_images": _PARTIAL}
        try:
            async for told in self._events(drawing, fields):
                kind = told.get("type", "") if isinstance(told, dict) else ""
                if str(kind).endswith(".partial_image"):
                    step = told.get("partial_image_index")
                    yield Progress(percent=_percent(step), preview=(await self._made(told)).content)
                elif str(kind).endswith(".completed"):
                    yield await self._made(told)
                elif kind == "error" or "error" in told:
                    raise self._teller.refusal(0, json.dumps(told).encode())
                else:  # no stream after all
                    for row in (told.get("data") or [])[:1]:
                        yield await self._made(row)
        except ProviderError as refusal:
            if refusal.code != "bad_request" or not any(_names(refusal, name) for name in ("stream", "partial_images")):
                raise

    async def _events(self, drawing: Drawing, fields: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
        if drawing.source is None:
            events = self._line.events(_GENERATIONS, dict(fields), seconds=self._seconds)
        else:
            form = await self._form(drawing, fields)
            events = self._line.events(_EDITS, form=form, seconds=self._seconds)
        async with aclosing(events):
            async for told in events:
                yield told

    async def _ask(self, drawing: Drawing, count: int) -> Any:
        fields = self._fields(drawing, count)
        try:
            return await self._put(drawing, fields)
        except ProviderError as refusal:
            # Servers that are like it know fewer fields, and say which one they do not know.
            strange = [name for name in ("response_format", "quality", "size") if _names(refusal, name)]
            if refusal.code != "bad_request" or not strange or strange[0] not in fields:
                raise
        await asyncio.sleep(_SOON)
        return await self._put(drawing, {name: value for name, value in fields.items() if name != strange[0]})

    async def _put(self, drawing: Drawing, fields: Mapping[str, Any]) -> Any:
        if drawing.source is None:
            return await self._line.post(_GENERATIONS, dict(fields), seconds=self._seconds)
        form = await self._form(drawing, fields)
        return await self._line.post(_EDITS, form=form, seconds=self._seconds)

    async def _form(self, drawing: Drawing, fields: Mapping[str, Any]) -> "FormData":
        import aiohttp

        form = aiohttp.FormData()
        for name, value in fields.items():
            form.add_field(name, "true" if value is True else str(value))
        form.add_field("image", drawing.source, filename="picture.png", content_type="image/png")
        if drawing.mask is not None:
            holes = await asyncio.to_thread(with_holes, drawing.mask)
            form.add_field("mask", holes, filename="mask.png", content_type="image/png")
        return form

    def _fields(self, drawing: Drawing, count: int) -> dict[str, Any]:
        prompt = drawing.prompt
        if drawing.negative:
            prompt = f"{prompt}\n\nNot in the picture: {drawing.negative}"  # the API has no field of its own for it
        fields: dict[str, Any] = {"prompt": prompt, "n": count, "size": f"{drawing.width}x{drawing.height}"}
        if self._model:
            fields["model"] = self._model
        if self._quality:
            fields["quality"] = self._quality
        if not _ALWAYS_BASE64.search(self._model):
            fields["response_format"] = "b64_json"
        return fields

    async def _made(self, row: Any) -> Made:
        match row:
            case {"b64_json": str(text)} if text:
                try:
                    content = base64.b64decode(text.partition(",")[2] if text.startswith("data:") else text)
                except (binascii.Error, ValueError):
                    raise self._teller.failed("not_a_picture") from None
            case {"url": str(url)} if url:
                content = await self._line.fetch_elsewhere(url)
            case _:
                raise self._teller.failed("nothing_made")
        prompt = row.get("revised_prompt")
        return Made(content=content, prompt=prompt if isinstance(prompt, str) else "")


def _percent(step: object) -> int:
    """How far an unfinished picture is believed to be: the server says only which one it is."""
    return 100 * (step + 1) // (_PARTIAL + 1) if isinstance(step, int) and 0 <= step < _PARTIAL else 0


def _names(refusal: ProviderError, field: str) -> bool:
    return field in str(refusal) and bool(_UNKNOWN.search(str(refusal)))
