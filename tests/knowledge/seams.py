"""The vector side of the house, small: vectors made from letters, an index in a dictionary."""

import hashlib
import math

import pytest

from knowledge import embedding, index


class Vectors:
    """Stands in for the embedding model and Chroma at their two modules' functions. `down` makes either fail."""

    def __init__(self):
        self.stored = {}
        self.embedded = []
        self.embedder_down = ""
        self.index_down = ""
        self.before_batch = lambda: None
        self.before_index = lambda: None

    def embed_passages(self, texts):
        self.before_batch()
        if self.embedder_down:
            raise embedding.EmbeddingUnavailable(self.embedder_down)
        self.embedded += texts
        return [self._vector(text) for text in texts]

    def _vector(self, text):
        digest = hashlib.sha512(text.encode()).digest()
        values = [byte - 128 for byte in digest]
        length = math.sqrt(sum(value * value for value in values))
        return [value / length for value in values]

    def _check(self):
        if self.index_down:
            raise index.IndexUnavailable(self.index_down)

    def replace_document(self, document, chunks):
        self.before_index()
        self.remove_document(document)
        for chunk in chunks:
            vector = embedding.unpack(bytes(chunk.vector))
            self.stored[document.library_id, document.pk, chunk.ordinal] = vector

    def remove_document(self, document):
        self._check()
        self.stored = {key: vector for key, vector in self.stored.items() if key[1] != document.pk}

    def remove_library(self, library):
        self._check()
        self.stored = {key: vector for key, vector in self.stored.items() if key[0] != library.pk}

    def search(self, library_ids, vector, limit):
        self._check()
        found = [
            index.Hit(
                document_id=document, ordinal=ordinal, score=sum(a * b for a, b in zip(vector, stored, strict=True))
            )
            for (library, document, ordinal), stored in self.stored.items()
            if str(library) in map(str, library_ids)
        ]
        return sorted(found, key=lambda hit: -hit.score)[:limit]


@pytest.fixture
def vectors(monkeypatch):
    fake = Vectors()
    monkeypatch.setattr(embedding, "embed_passages", fake.embed_passages)
    monkeypatch.setattr(embedding, "fingerprint", lambda dimensions=0, source=None: "fake-fingerprint")
    for name in ("replace_document", "remove_document", "remove_library", "search"):
        monkeypatch.setattr(index, name, getattr(fake, name))
    return fake
