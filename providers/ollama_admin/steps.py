"""What a job does at an Ollama server, step by step. Raises `AnswerFailed`."""

import asyncio
from collections.abc import Mapping
from typing import Any

from providers.failures import failed
from providers.models import Model, OllamaJob
from providers.ollama_admin import uploads
from providers.ollama_admin.host import OllamaHost
from providers.ollama_window import STEPS
from providers.ollama_wire import lasting


class Progress:
    """How far it is: what is being done, and bytes where they are told. Layers are counted together."""

    def __init__(self) -> None:
        self.step = ""
        self.done = 0
        self.total = 0
        self._layers: dict[str, tuple[int, int]] = {}

    def take(self, line: Mapping[str, Any]) -> None:
        """A line of the server's."""
        self.step = str(line.get("status") or self.step)[:300]
        digest, total, completed = line.get("digest"), line.get("total"), line.get("completed")
        if isinstance(digest, str) and isinstance(total, int):
            self._layers[digest] = (completed if isinstance(completed, int) else 0, total)
            self.done = sum(done for done, _total in self._layers.values())
            self.total = sum(total for _done, total in self._layers.values())

    def begin(self, step: str, total: int = 0) -> None:
        self.step, self.done, self.total = step, 0, total
        self._layers.clear()

    def reach(self, done: int) -> None:
        self.done = done


async def carry_out(job: OllamaJob, host: OllamaHost, progress: Progress) -> None:
    match job.kind:
        case OllamaJob.Kind.PULL:
            await _follow(host, progress, "/api/pull", {"model": job.model})
        case OllamaJob.Kind.LOAD:
            progress.begin("loading")
            await host.load(job.model, **job.recipe)
        case OllamaJob.Kind.CREATE:
            await _create(job, host, progress)


def load_recipe(model: Model) -> dict[str, Any]:
    """How a model is loaded ahead: as the next question would, so that nothing is loaded twice."""
    if model.kind == Model.Kind.EMBEDDING:
        recipe: dict[str, Any] = {"embeds": True}
    else:
        recipe = {"options": {"num_ctx": min(STEPS[0], model.usable_window or STEPS[0])}}
    keep_alive = lasting(model.keep_alive)
    return recipe if keep_alive in (None, 0) else recipe | {"keep_alive": keep_alive}


async def _create(job: OllamaJob, host: OllamaHost, progress: Progress) -> None:
    body = {**job.recipe.get("body", {}), "model": job.model}
    for number, file in enumerate(job.recipe.get("uploads", ())):
        digest = await _hand_over(job, number, host, progress)
        body.setdefault("adapters" if file["role"] == "adapter" else "files", {})[file["name"]] = digest
    progress.begin("")
    await _follow(host, progress, "/api/create", body)


async def _hand_over(job: OllamaJob, number: int, host: OllamaHost, progress: Progress) -> str:
    """The file's digest, which the server has the bytes of then."""
    path = uploads.path_of(job, number)
    size = int(job.recipe["uploads"][number]["size"])
    progress.begin("checking")
    try:
        digest = await asyncio.to_thread(uploads.digest_of, path)
    except FileNotFoundError:
        raise failed("file_missing") from None
    if not await host.has_blob(digest):
        progress.begin("sending", size)
        with path.open("rb") as source:
            await host.send_blob(digest, source.read, size, progress.reach)
    return digest


async def _follow(host: OllamaHost, progress: Progress, path: str, body: Mapping[str, Any]) -> None:
    """Until the server says that it has succeeded; an end without that is none."""
    async for line in host.progress(path, {**body, "stream": True}):
        progress.take(line)
    if progress.step != "success":
        raise failed("cut_off")
