"""Libraries, documents and chunks. The database is the truth; Chroma and the keyword index are derived from it."""

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from webui.crypto import decrypt, encrypt

if TYPE_CHECKING:
    from webui.accounts.models import User


class LibraryQuerySet(models.QuerySet["Library"]):
    def visible_to(self, user: "User") -> Self:
        """The one door to libraries: what is not in here does not exist for this person."""
        return self.filter(owner=user)


class Library(models.Model):
    """A named set of documents that questions can be answered from."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="libraries")
    name = models.CharField(_("name"), max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LibraryQuerySet.as_manager()

    class Meta:
        ordering = ["name", "created_at"]

    def __str__(self) -> str:
        return self.name


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(library__in=Library.objects.visible_to(user))


class Document(models.Model):
    """One file (or page) of a library, and how far it has been read."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        PROCESSING = "processing", _("processing")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    class Stage(models.TextChoices):
        NONE = "", ""
        READING = "reading", _("reading")
        EMBEDDING = "embedding", _("embedding")
        CHECKING = "checking", _("checking")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    library = models.ForeignKey(Library, models.CASCADE, related_name="documents")
    name = models.CharField(_("name"), max_length=255)
    url = models.URLField(max_length=2000, blank=True)
    file_name = models.CharField(max_length=64, help_text="Our name for the stored bytes, below FILE_ROOT.", blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes.")
    media_type = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.NONE, blank=True)
    chunks_done = models.PositiveIntegerField(default=0)
    chunks_total = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(null=True, blank=True)
    error = models.TextField(blank=True, help_text="Why it failed, as a sentence for the person who uploaded it.")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["library", "sha256"], condition=~models.Q(sha256=""), name="a_file_once_per_library"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Chunk(models.Model):
    """A passage of a document: what is embedded, found and cited. Offsets are characters in the document's text."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, models.CASCADE, related_name="chunks")
    ordinal = models.PositiveIntegerField()
    text = models.TextField()
    heading = models.CharField(max_length=500, blank=True, help_text="Heading path, joined with ' › '.")
    page = models.PositiveIntegerField(null=True, blank=True)
    start = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(default=0)
    vector = models.BinaryField(null=True, help_text="float32, little endian, of the model named by `fingerprint`.")
    fingerprint = models.CharField(max_length=16, blank=True)

    class Meta:
        ordering = ["document", "ordinal"]
        constraints = [models.UniqueConstraint(fields=["document", "ordinal"], name="one_chunk_per_place")]

    @property
    def vector_id(self) -> str:
        """The id in Chroma: made from place, so that a second run overwrites the first."""
        return f"{self.document_id.hex}:{self.ordinal}"


class WebSearchSettings(models.Model):
    """One row: whether people may search the web, and with which key."""

    enabled = models.BooleanField(_("people may search the web"), default=True)
    base_url = models.CharField(_("address"), max_length=500, blank=True)
    encrypted_key = models.TextField(blank=True)
    results = models.PositiveSmallIntegerField(_("results per search"), default=5)

    @property
    def api_key(self) -> str:
        return decrypt(self.encrypted_key)

    @api_key.setter
    def api_key(self, key: str) -> None:
        self.encrypted_key = encrypt(key.strip())
