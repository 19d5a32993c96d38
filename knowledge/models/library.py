"""A library, who it is shared with, and the one door to it."""

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from webui.accounts.models import User


class Right(models.TextChoices):
    """What somebody may do with a library; each includes the ones before it."""

    READ = "read", _("may read and ask")
    WRITE = "write", _("may also add and remove documents")
    OWN = "own", _("may also share and delete it")


GIVEN = [(Right.READ.value, Right.READ.label), (Right.WRITE.value, Right.WRITE.label)]


class LibraryQuerySet(models.QuerySet["Library"]):
    def visible_to(self, user: "User | AnonymousUser", right: str = Right.READ) -> Self:
        """The one door to libraries: what is not in here does not exist for this person, with this right.

        Pages, /api, the socket, keys, tasks and assistants all come through it, and so does each passage that was found
        before it is used. Nothing of it is remembered: a right that was taken away is gone with the next query.
        """
        if user.pk is None:
            return self.none()
        mine = Q(owner=user.pk)
        if right != Right.OWN:
            enough = [Right.WRITE] if right == Right.WRITE else [Right.READ, Right.WRITE]
            mine |= Q(for_everyone__in=enough) | Q(pk__in=_shares_with(user, enough))
        return self.filter(mine)

    def with_right(self, user: "User | AnonymousUser") -> Self:
        """Each with `right`, the most that this person may do with it. To be asked of what is visible to them."""
        writes = Q(for_everyone=Right.WRITE) | Q(pk__in=_shares_with(user, [Right.WRITE]))
        return self.annotate(
            right=Case(
                When(owner=user.pk, then=Value(Right.OWN.value)),
                When(writes, then=Value(Right.WRITE.value)),
                default=Value(Right.READ.value),
            )
        )


def _shares_with(user: "User | AnonymousUser", levels: list[Right]) -> "models.QuerySet[LibraryShare, uuid.UUID]":
    reached = Q(user=user.pk) | Q(group__in=user.groups.all())
    return LibraryShare.objects.filter(reached, level__in=levels).values_list("library_id", flat=True)


class Library(models.Model):
    """A named set of documents that questions can be answered from."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="libraries")
    name = models.CharField(_("name"), max_length=100)
    for_everyone = models.CharField(max_length=5, choices=GIVEN, blank=True, default="", help_text="Empty: nobody.")
    lost_at = models.DateTimeField(null=True, blank=True, help_text="Since when its vectors are known to be damaged.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LibraryQuerySet.as_manager()
    right: str  # what `with_right` found; no column

    class Meta:
        ordering = ["name", "created_at"]
        verbose_name_plural = "libraries"

    def __str__(self) -> str:
        return self.name


class LibraryShare(models.Model):
    """One person or one group that a library is shared with."""

    library = models.ForeignKey(Library, models.CASCADE, related_name="shares")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="library_shares")
    group = models.ForeignKey("auth.Group", models.CASCADE, null=True, related_name="library_shares")
    level = models.CharField(max_length=5, choices=GIVEN, default=Right.READ)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["library", "user"], condition=Q(user__isnull=False), name="shared_once_with_a_person"
            ),
            models.UniqueConstraint(
                fields=["library", "group"], condition=Q(group__isnull=False), name="shared_once_with_a_group"
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, group=None) | Q(user=None, group__isnull=False),
                name="a_share_is_with_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.library_id}: {self.user_id or self.group_id} {self.level}"
