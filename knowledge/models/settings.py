"""How libraries are searched: one row, chosen in the administration. Empty fields leave it to the environment."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from webui.crypto import decrypt, encrypt

KNOWN_FOR = 5.0  # seconds until a change made by another process is seen
MOST_SECONDS = 30.0
_pinned: "ContextVar[RetrievalSettings | None]" = ContextVar("pinned retrieval settings", default=None)


class RetrievalSettings(models.Model):
    """The embedding model, the reranker and the helper call that rewrites questions."""

    class Source(models.TextChoices):
        ENVIRONMENT = "", _("as the server was started")
        LOCAL = "local", _("a model on this server")
        OPENAI = "openai", _("an OpenAI-compatible server")
        OLLAMA = "ollama", _("an Ollama server")

    class Reranker(models.TextChoices):
        OFF = "", _("none")
        LOCAL = "local", _("a model on this server")
        REMOTE = "remote", _("a rerank server")

    embedding = models.CharField(max_length=10, choices=Source, blank=True, default=Source.ENVIRONMENT)
    embedding_url = models.CharField(max_length=500, blank=True)
    embedding_model = models.CharField(max_length=300, blank=True)
    embedding_width = models.PositiveIntegerField(null=True, blank=True, help_text="As the trial found it.")
    query_prompt = models.CharField(max_length=300, blank=True, help_text="Empty, both: as the model's name tells.")
    passage_prompt = models.CharField(max_length=300, blank=True)
    encrypted_embedding_key = models.TextField(blank=True)
    reranker = models.CharField(max_length=10, choices=Reranker, blank=True, default=Reranker.OFF)
    rerank_url = models.CharField(max_length=500, blank=True)
    rerank_model = models.CharField(max_length=300, blank=True)
    encrypted_rerank_key = models.TextField(blank=True)
    rerank_seconds = models.FloatField(
        default=1.5, validators=[MinValueValidator(0.1), MaxValueValidator(MOST_SECONDS)]
    )
    rerank_candidates = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(2), MaxValueValidator(100)]
    )
    rewriting = models.BooleanField(default=True)
    generation = models.PositiveIntegerField(default=1, help_text="The one that serves (knowledge/generations/).")
    chunk_size = models.PositiveSmallIntegerField(
        default=500, validators=[MinValueValidator(200), MaxValueValidator(2000)]
    )
    chunk_overlap = models.PositiveSmallIntegerField(default=100, validators=[MaxValueValidator(400)])
    changed_at = models.DateTimeField(auto_now=True)

    _known: ClassVar["tuple[float, RetrievalSettings] | None"] = None

    def __str__(self) -> str:
        return "retrieval"

    def save(self, *args: object, **options: object) -> None:
        super().save(*args, **options)  # type: ignore[arg-type]
        RetrievalSettings.forget()

    @classmethod
    def current(cls) -> "RetrievalSettings":
        """The row, or one with every default; looked up at most every few seconds."""
        if (known := cls.known()) is None:
            known = cls.stored()
            cls._known = (time.monotonic(), known)
        return known

    @classmethod
    def stored(cls) -> "RetrievalSettings":
        """The row as it stands in the database now, for code that changes it or must not be late."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    @classmethod
    def known(cls) -> "RetrievalSettings | None":
        """What was looked up a moment ago: for code that must not wait for the database."""
        if (pinned := _pinned.get()) is not None:
            return pinned
        if cls._known and time.monotonic() - cls._known[0] < KNOWN_FOR:
            return cls._known[1]
        return None

    @contextmanager
    def pinned(self) -> Iterator[None]:
        """In here these count, whatever is chosen meanwhile: a question must not begin in one generation and end in
        another, and a generation beside the one that serves is filled and asked in this way."""
        token = _pinned.set(self)
        try:
            yield
        finally:
            _pinned.reset(token)

    @classmethod
    def forget(cls) -> None:
        cls._known = None

    @property
    def embedding_key(self) -> str:
        return decrypt(self.encrypted_embedding_key)

    @embedding_key.setter
    def embedding_key(self, key: str) -> None:
        self.encrypted_embedding_key = encrypt(key.strip())

    @property
    def rerank_key(self) -> str:
        return decrypt(self.encrypted_rerank_key)

    @rerank_key.setter
    def rerank_key(self, key: str) -> None:
        self.encrypted_rerank_key = encrypt(key.strip())
