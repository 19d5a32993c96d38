"""The models that are loaded: taken down when they are first needed, put back after a long rest.

An embedding model, its successor while libraries are read anew, and a reranker may be there at once; of more, the one
that rested longest goes. Why loading failed is remembered, and tried again on a later request.
"""

import ctypes
import gc
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from knowledge.embedder.engines import EngineUnavailable

MOST = 3
RETRY_SECONDS = 15.0

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Place:
    """`state` and `detail` are what /healthz tells of the model that was named at the start."""

    engine: Any = None
    state: str = "idle"
    detail: str = ""
    failed_at: float = 0.0
    used_at: float = 0.0


class Shelf:
    """Engines by kind ("embedding", "reranking") and model. Used by the inference thread alone; read by others."""

    def __init__(self, load: Callable[[str, str], Any], most: int = MOST) -> None:
        self._load = load
        self._most = most
        self._places: dict[tuple[str, str], _Place] = {}

    def state(self, kind: str, model: str) -> tuple[str, str]:
        place = self._places.get((kind, model), _Place())
        return place.state, place.detail

    def take(self, kind: str, model: str) -> Any:
        """The engine. Raises `EngineUnavailable`."""
        place = self._places.setdefault((kind, model), _Place())
        place.used_at = time.monotonic()
        if place.engine:
            return place.engine
        if place.state == "failed" and time.monotonic() - place.failed_at < RETRY_SECONDS:
            raise EngineUnavailable(place.detail)
        self._make_room()
        place.state, place.detail = "preparing", "The model is being loaded."
        try:
            place.engine = self._load(kind, model)
        except EngineUnavailable as error:
            place.state, place.detail, place.failed_at = "failed", str(error), time.monotonic()
            raise
        except Exception as error:
            logger.exception("The model %s could not be loaded.", model)
            reason = f"The model {model} could not be loaded ({type(error).__name__}). The embedder's log says why."
            place.state, place.detail, place.failed_at = "failed", reason, time.monotonic()
            raise EngineUnavailable(reason) from error
        place.state, place.detail = "ready", ""
        return place.engine

    def clear(self) -> None:
        """Give the memory back, some 400 MB for the packaged model: loading it again takes a second."""
        loaded = [place for place in self._places.values() if place.engine]
        for place in loaded:
            place.engine, place.state = None, "idle"
        if loaded:
            _give_back()

    def _make_room(self) -> None:
        loaded = sorted((place for place in self._places.values() if place.engine), key=lambda place: place.used_at)
        for place in loaded[: max(len(loaded) + 1 - self._most, 0)]:
            place.engine, place.state = None, "idle"
            _give_back()


def _give_back() -> None:
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)
