"""A library, and the one door to it."""

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

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
