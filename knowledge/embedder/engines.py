"""Which engine embeds: the packaged model, or any sentence-transformers name or folder; which cross-encoder reranks.

Raises `EngineUnavailable`.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from knowledge.embedder.prompts import InputType, Prompts, prompts_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Made = TypeVar("Made")
HUB_NAME = "intfloat/multilingual-e5-small"

logger = logging.getLogger(__name__)


class EngineUnavailable(Exception):
    """The model cannot be loaded. The text is a sentence for an administrator."""


class Engine(Protocol):
    name: str
    dimensions: int
    # How many texts are embedded before a waiting question is let in.
    batch_size: int

    def embed(self, texts: Sequence[str], input_type: InputType) -> "NDArray[np.float32]":
        """One unit vector a text."""
        ...


def load(model: str, data: Path) -> Engine:
    """The engine for `model`; the packaged one when it is empty."""
    if model:
        return _sentence_transformer(model)
    from knowledge.embedder import packaged
    from knowledge.embedder.weights import DataFileDamaged, DataFileMissing

    folder = packaged.folder_in(data)
    try:
        packaged.build(folder)
        return packaged.PackagedEngine(folder)
    except DataFileMissing:
        logger.info("The packaged model is not on this machine; loading %s instead.", HUB_NAME)
        return _sentence_transformer(HUB_NAME)
    except DataFileDamaged as error:
        raise EngineUnavailable(f"The embedding model cannot be used: {error}") from error
    except OSError as error:
        raise EngineUnavailable(f"The embedding model cannot be kept in {folder}: {error}.") from error


def load_reranker(model: str) -> "CrossEncoderEngine":
    return _from_hub(model, "reranker", CrossEncoderEngine)


def _sentence_transformer(model: str) -> Engine:
    return _from_hub(model, "embedding model", SentenceTransformerEngine)


def _from_hub(model: str, what: str, make: Callable[[str], Made]) -> Made:
    try:
        return make(model)
    except ImportError as error:
        raise EngineUnavailable(
            f"The {what} {model} needs the sentence-transformers package, which is not installed here."
            " Install webui with its “local” extra, or choose a server for this."
        ) from error
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise EngineUnavailable(
            f"The {what} {model} could not be loaded: {reason} Check its name and the connection to the model hub."
        ) from error


class SentenceTransformerEngine:
    """Any local or hub model, with its own prompts where it has them and its family's where it has none."""

    batch_size = 4

    def __init__(self, model: str) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(1)
        self.name = model
        self._model = SentenceTransformer(model, device="cpu")
        self.dimensions = int(self._model.get_embedding_dimension() or 0)
        self._prompts = _own_prompts(self._model.prompts) or prompts_for(model)

    def embed(self, texts: Sequence[str], input_type: InputType) -> "NDArray[np.float32]":
        return self._model.encode(
            list(texts),
            prompt=self._prompts.before(input_type),
            batch_size=self.batch_size,
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_numpy=True,
        )


class CrossEncoderEngine:
    """Any local or hub cross-encoder: reads question and passage together, some hundred times as slow as a vector."""

    batch_size = 2

    def __init__(self, model: str) -> None:
        import torch
        from sentence_transformers import CrossEncoder

        torch.set_num_threads(1)
        self.name = model
        self._model = CrossEncoder(model, device="cpu")

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """One score a text; larger is better."""
        pairs = [(question, text) for text in texts]
        return [float(score) for score in self._model.predict(pairs, show_progress_bar=False)]


def _own_prompts(named: Mapping[str, str | None]) -> Prompts | None:
    passage = next((prompt for name in ("passage", "document", "corpus") if (prompt := named.get(name))), "")
    query = named.get("query") or ""
    return Prompts(query, passage) if query or passage else None
