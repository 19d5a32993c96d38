"""Links that let people in: for some days, for so many people, into these groups. Only the digest of a link is kept."""

import hashlib
import secrets
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class InvitationSpent(Exception):
    """Used up, past its time, or revoked: which of them is nobody's business."""


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> Self:
        return self.filter(expires_at__gt=timezone.now(), uses__lt=F("most_uses"))


class Invitation(models.Model):
    """Deleted when it is revoked; the accounts that it made stay."""

    digest = models.CharField(max_length=64, unique=True)
    note = models.CharField(_("what it is for"), max_length=100, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    most_uses = models.PositiveIntegerField(_("for how many people"), default=1)
    uses = models.PositiveIntegerField(default=0)
    makes_administrators = models.BooleanField(default=False)
    groups = models.ManyToManyField("auth.Group", blank=True, related_name="+")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.note or f"{self.created_at:%Y-%m-%d}"

    @classmethod
    def issue(cls, by: models.Model, expires_at: datetime, groups: Any = (), **bounds: Any) -> tuple["Invitation", str]:
        """The invitation and the token of its link, which cannot be had again."""
        token = secrets.token_urlsafe(32)
        row = cls.objects.create(digest=cls.digest_of(token), created_by=by, expires_at=expires_at, **bounds)
        row.groups.set(groups)
        return row, token

    @classmethod
    def find(cls, token: str) -> "Invitation | None":
        """Of this token, while it lets anybody in."""
        return cls.objects.open().filter(digest=cls.digest_of(token)).first()

    @property
    def is_open(self) -> bool:
        return self.uses < self.most_uses and self.expires_at > timezone.now()

    def accept(self, email: str, password: str, **fields: Any) -> Any:
        """The new person, who may sign in at once. Counting is what decides between two who come for the last place.

        Raises `InvitationSpent`.
        """
        with transaction.atomic():
            if not Invitation.objects.open().filter(pk=self.pk).update(uses=F("uses") + 1):
                raise InvitationSpent
            fields |= {"approved_at": timezone.now(), "is_superuser": self.makes_administrators}
            user = get_user_model().objects.create_user(email, password, **fields)
            user.groups.set(self.groups.all())
        return user

    @staticmethod
    def digest_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()
