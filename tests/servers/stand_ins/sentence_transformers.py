"""Stands in for sentence-transformers: models are folders, vectors count letters, rerankers count shared words."""

from pathlib import Path

import numpy as np


def _folder(name):
    if not Path(name).is_dir():
        raise OSError(f"{name} is not a local folder and is not a valid model identifier.")


class SentenceTransformer:
    prompts: dict[str, str] = {}

    def __init__(self, name, device):
        _folder(name)

    def get_embedding_dimension(self):
        return 26

    def encode(self, texts, *, prompt, batch_size, normalize_embeddings, show_progress_bar, convert_to_numpy):
        rows = [[(prompt + text).lower().count(chr(97 + place)) + 0.01 for place in range(26)] for text in texts]
        return np.array([np.array(row) / np.linalg.norm(row) for row in rows], np.float32)


class CrossEncoder:
    def __init__(self, name, device):
        _folder(name)

    def predict(self, pairs, show_progress_bar):
        return np.array([len(set(question.split()) & set(text.split())) / 10 for question, text in pairs])
