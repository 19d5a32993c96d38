"""What was deleted and may still lie outside the database."""

from django.db import models


class Removal(models.Model):
    """What was deleted and may still lie outside the database: bytes on disk, vectors in the index.

    Written in the transaction that deletes the rows and kept for longer than a lease, because a worker that was in the
    middle of the document may write its last vectors after the deletion.
    """

    library_id = models.UUIDField()
    document_id = models.UUIDField(null=True, help_text="Empty: the whole library.")
    file_name = models.CharField(max_length=64, blank=True)
    swept = models.BooleanField(default=False, help_text="Done once; done again after some minutes.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.library_id}/{self.document_id or '*'}"
