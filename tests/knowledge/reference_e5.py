"""multilingual-e5-small in 32 bits, in plain numpy, from the packaged weights: the built model is compared with it."""

import math

import numpy as np
from tokenizers import Tokenizer

from knowledge.embedder.weights import Weights, data_file, unpack


def reference(texts, folder):
    """One unit vector a text; `folder` is the built model's, for its tokenizer."""
    weights = Weights(data_file())
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return [_vector(weights, tokenizer.encode(text).ids) for text in texts]


def _vector(weights, ids):
    size = weights.sizes
    words = unpack(weights.word_blocks()[ids].reshape(-1, 18)).reshape(len(ids), -1)
    places = weights.tensor("emb.pos").reshape(-1, size.hidden)[: len(ids)]
    state = _normal(weights, "emb.ln", words + places + weights.tensor("emb.type")[: size.hidden])
    for number in range(size.layers):
        layer = f"l{number}"
        mixed = _linear(weights, f"{layer}.ao", _attention(weights, layer, state))
        state = _normal(weights, f"{layer}.aln", state + mixed)
        grown = _gelu(_linear(weights, f"{layer}.fi", state))
        state = _normal(weights, f"{layer}.oln", state + _linear(weights, f"{layer}.fo", grown))
    vector = state.mean(axis=0)
    return (vector / np.linalg.norm(vector)).tolist()


def _attention(weights, layer, state):
    size = weights.sizes
    width = size.hidden // size.heads
    q, k, v = (
        _linear(weights, f"{layer}.{part}", state).reshape(-1, size.heads, width).transpose(1, 0, 2) for part in "qkv"
    )
    scores = q @ k.transpose(0, 2, 1) / math.sqrt(width)
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return (scores / scores.sum(axis=-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(-1, size.hidden)


def _linear(weights, name, state):
    bias = weights.tensor(f"{name}.b")
    return state @ weights.tensor(f"{name}.w").reshape(len(bias), -1).T + bias


def _normal(weights, name, state):
    centred = state - state.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12) * weights.tensor(
        f"{name}.w"
    ) + weights.tensor(f"{name}.b")


def _gelu(values):
    return values * 0.5 * (1 + np.vectorize(math.erf, otypes=[np.float32])(values / math.sqrt(2)))
