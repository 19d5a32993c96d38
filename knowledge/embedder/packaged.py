"""The default model: built once from the packaged data file into the data folder, then run by onnxruntime.

`build` writes a folder with the encoder graph, the packed word table, the position vectors and the tokenizer.
`PackagedEngine` runs it: one text at a time on one thread, which on a processor is as fast as batches, pads nothing,
and lets a question in after one passage.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from knowledge.embedder.prompts import E5, InputType
from knowledge.embedder.prompts import PACKAGED as NAME
from knowledge.embedder.weights import BLOCK_BYTES, Pieces, Weights, data_file, unpack

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

# Part of the folder's name: raise it when the graph or the files change.
EDITION = "2"
MAX_TOKENS = 512


def folder_in(data: Path) -> Path:
    return data / "models" / f"{NAME}-{EDITION}"


def build(folder: Path) -> None:
    """Make `folder` if it is not there: complete or not at all, whoever else is building it at the same time."""
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{NAME}-", dir=folder.parent))
    try:
        _write(draft)
        os.rename(draft, folder)
    except FileExistsError:
        pass
    except OSError:
        # Another process was first: renaming onto a folder that is not empty is refused.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write(folder: Path) -> None:
    import onnx

    from knowledge.embedder.graph import encoder

    weights = Weights(data_file())
    sizes = weights.sizes
    onnx.save(encoder(weights), str(folder / "encoder.onnx"))
    np.save(folder / "words.npy", weights.word_blocks())
    places = weights.tensor("emb.pos").reshape(sizes.positions, sizes.hidden)
    np.save(folder / "places.npy", places + weights.tensor("emb.type")[: sizes.hidden])
    _tokenizer(weights.pieces).save(str(folder / "tokenizer.json"))


def _tokenizer(pieces: Pieces) -> "Tokenizer":
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = list(zip(pieces.texts, pieces.scores, strict=True))
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=pieces.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in ("<s>", "<pad>", "</s>", "<unk>")])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", pieces.start), ("</s>", pieces.end)]
    )
    return tokenizer


class PackagedEngine:
    """The built folder, loaded."""

    name = NAME
    dimensions = 384
    batch_size = 1

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # The higher levels would fuse Add + LayerNormalization again.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        self._session = onnxruntime.InferenceSession(
            str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._words = np.load(folder / "words.npy", mmap_mode="r")
        self._places = np.load(folder / "places.npy")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def embed(self, texts: Sequence[str], input_type: InputType) -> "NDArray[np.float32]":
        prompt = E5.before(input_type)
        return np.stack([self._embed(prompt + text) for text in texts])

    def _embed(self, text: str) -> "NDArray[np.float32]":
        ids = self._tokenizer.encode(text).ids
        blocks = self._words[ids].reshape(-1, BLOCK_BYTES)
        embeddings = unpack(blocks).reshape(len(ids), -1) + self._places[: len(ids)]
        (states,) = self._session.run(None, {"embeddings": embeddings[np.newaxis]})
        vector = states[0].mean(axis=0)
        return vector / np.linalg.norm(vector)
