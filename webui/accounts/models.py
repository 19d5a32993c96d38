"""People, their API keys, and the one-time link that makes the first administrator."""

import hashlib
import secrets
from datetime import datetime
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        fields |= {"is_superuser": True, "approved_at": timezone.now()}
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Signed in by e-mail; not active until approved; `is_superuser` is the administrator."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    approved_at = models.DateTimeField(null=True, blank=True, help_text="Empty while the account waits for approval.")
    date_joined = models.DateTimeField(default=timezone.now)
    language = models.CharField(max_length=10, blank=True)

    objects = UserManager()
    USERNAME_FIELD = "email"

    def __str__(self) -> str:
        return self.email

    @property
    def is_staff(self) -> bool:
        return self.is_superuser

    @property
    def display_name(self) -> str:
        return self.name or self.email.partition("@")[0]

    @property
    def is_pending(self) -> bool:
        return not self.is_active and self.approved_at is None


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(user=user)


class ApiKey(models.Model):
    """A key for /v1 and /api. Only its SHA-256 is stored, which is enough for 256 random bits."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, blank=True)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    @classmethod
    def issue(cls, user: User, name: str = "", expires_at: datetime | None = None) -> tuple["ApiKey", str]:
        """A new key and its text, which cannot be had again."""
        text = f"sk-webui-{secrets.token_urlsafe(32)}"
        key = cls.objects.create(
            user=user, name=name, prefix=text[:12], digest=cls.digest_of(text), expires_at=expires_at
        )
        return key, text

    @staticmethod
    def digest_of(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    def note_use(self, now: datetime) -> None:
        """For the list of keys; an UPDATE, so that a key revoked in the meantime does not come back."""
        ApiKey.objects.filter(pk=self.pk).update(last_used_at=now)


class SetupLink(models.Model):
    """The one-time token that makes the first administrator; a new start replaces it, using it deletes it."""

    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    @classmethod
    def renew(cls) -> str | None:
        """A fresh token, or None when an account exists."""
        with transaction.atomic():
            cls.objects.all().delete()
            if User.objects.exists():
                return None
            token = secrets.token_urlsafe(32)
            cls.objects.create(digest=hashlib.sha256(token.encode()).hexdigest())
        return token
