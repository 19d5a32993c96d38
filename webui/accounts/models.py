"""People, their API keys, and the one-time link that makes the first administrator."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Self

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webui.accounts.hooks.models import SignUpHook  # noqa: F401  a table of this app
from webui.accounts.invitations import Invitation  # noqa: F401  likewise
from webui.accounts.oidc.models import Identity, SignInProvider  # noqa: F401  likewise
from webui.accounts.rules import SignInRules  # noqa: F401  a table of this app


class LastAdministrator(Exception):
    """Refused: without this person nobody could administer the server."""

    def __init__(self) -> None:
        super().__init__(_("This is the last administrator. Make somebody else an administrator first."))


class SetupLinkSpent(Exception):
    """The link was used, replaced by a newer start of the server, or overtaken by another account."""


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        fields |= {"is_superuser": True, "approved_at": timezone.now()}
        return self.create_user(email, password, **fields)

    def search(self, text: str) -> "models.QuerySet[User]":
        """By parts of the e-mail address or the name; an empty text finds everybody."""
        return self.filter(models.Q(email__icontains=text) | models.Q(name__icontains=text))

    def waiting(self) -> "models.QuerySet[User]":
        return self.filter(is_active=False, approved_at=None)

    def administrators(self) -> "models.QuerySet[User]":
        """Those who can really administer: a disabled one cannot."""
        return self.filter(is_active=True, is_superuser=True)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Signed in by e-mail; not active until approved; `is_superuser` is the administrator."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=100, blank=True)
    memory_on = models.BooleanField(default=False, help_text="Models are told what this person had remembered.")
    memory_count = models.PositiveSmallIntegerField(default=0, help_text="How much there is: without any, no look.")
    is_active = models.BooleanField(default=True)
    approved_at = models.DateTimeField(null=True, blank=True, help_text="Empty while the account waits for approval.")
    date_joined = models.DateTimeField(default=timezone.now)
    language = models.CharField(max_length=10, blank=True)
    auto_tags = models.BooleanField(
        default=True, help_text="Whether a model may put tags, where WEBUI_AUTO_TAGS is on."
    )
    parts = models.JSONField(default=list, blank=True, help_text="Of the administration: webui/panel/parts.py.")

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

    @property
    def is_last_administrator(self) -> bool:
        active = self.is_active and self.is_superuser
        return active and not User.objects.administrators().exclude(pk=self.pk).exists()

    @property
    def administers(self) -> bool:
        """All of it or a part."""
        return self.is_superuser or bool(self.parts)

    def entrust(self, parts: list[str]) -> None:
        """With these parts of the administration and no others."""
        self.parts = parts
        self.save(update_fields=["parts"])

    def speak(self, language: str) -> None:
        self.language = language
        self.save(update_fields=["language"])

    def approve(self) -> None:
        """Let a waiting or disabled person in."""
        self.is_active = True
        self.approved_at = self.approved_at or timezone.now()
        self.save(update_fields=["is_active", "approved_at"])

    def refuse(self) -> bool:
        """Forget somebody who still waits; False when they were let in meanwhile."""
        deleted, _rows = User.objects.waiting().filter(pk=self.pk).delete()
        return bool(deleted)

    def disable(self) -> None:
        """Out at once: sessions end here, keys and sockets when they are next looked at. Raises `LastAdministrator`."""
        with _another_administrator_than(self):
            self.is_active = False
            self.approved_at = self.approved_at or timezone.now()  # disabled, not waiting
            self.save(update_fields=["is_active", "approved_at"])
        self.end_sessions()

    def make_administrator(self) -> None:
        self.is_superuser = True
        self.save(update_fields=["is_superuser"])

    def remove_administrator(self) -> None:
        """Raises `LastAdministrator`."""
        with _another_administrator_than(self):
            self.is_superuser = False
            self.save(update_fields=["is_superuser"])

    def end_sessions(self, but: str | None = None) -> int:
        """Sessions are opaque, so all living ones are opened; there are as many as browsers signed in.

        `but` is the key of one that stays.
        """
        mine = [
            session.pk
            for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator()
            if session.pk != but and session.get_decoded().get(SESSION_KEY) == str(self.pk)
        ]
        ended, _rows = Session.objects.filter(pk__in=mine).delete()
        return ended


@contextmanager
def _another_administrator_than(user: User) -> Iterator[None]:
    """A transaction in which somebody else stays administrator.

    All of them are locked, in one order: two who demote each other at once wait for one another, and the second sees
    what the first did. SQLite has no row locks and needs none: its transactions that write run one after the other.
    """
    with transaction.atomic():
        administrators = User.objects.administrators().select_for_update().order_by("pk")
        if set(administrators.values_list("pk", flat=True)) == {user.pk}:
            raise LastAdministrator
        yield


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(user=user)

    def alive(self) -> Self:
        """Those that open something now."""
        unexpired = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
        return self.filter(unexpired, user__is_active=True)


def all_scopes() -> list[str]:
    return ["chat", "embeddings", "api"]


class ApiKey(models.Model):
    """A key for /v1 and /api. Only its SHA-256 is stored, which is enough for 256 random bits.

    It may do what its person may do, within its scopes, its models and its own limits.
    """

    class Scope(models.TextChoices):
        CHAT = "chat", _("Answers (/v1/chat/completions)")
        EMBEDDINGS = "embeddings", _("Embeddings (/v1/embeddings)")
        API = "api", _("Everything of /api: chats, libraries, documents")
        READ = "read", _("Reading from /api, changing nothing")

    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, blank=True)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    scopes = models.JSONField(default=all_scopes)
    model_ids = models.JSONField(default=list, blank=True, help_text="Public ids; empty: every model of the person.")
    tokens_minute = models.BigIntegerField(null=True, blank=True, help_text="None: no limit besides the person's.")
    tokens_day = models.BigIntegerField(null=True, blank=True)
    answers_at_once = models.BigIntegerField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    @classmethod
    def issue(
        cls, user: User, name: str = "", expires_at: datetime | None = None, **bounds: Any
    ) -> tuple["ApiKey", str]:
        """A new key and its text, which cannot be had again. `bounds`: scopes, models and limits of its own."""
        text = f"sk-webui-{secrets.token_urlsafe(32)}"
        key = cls.objects.create(
            user=user, name=name, prefix=text[:12], digest=cls.digest_of(text), expires_at=expires_at, **bounds
        )
        return key, text

    @staticmethod
    def digest_of(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def label(self) -> str:
        return self.name or f"{self.prefix}…"

    @property
    def scope_labels(self) -> list[str]:
        return [str(scope.label) for scope in self.Scope if scope in self.scopes]

    @property
    def has_limits(self) -> bool:
        return not (self.tokens_minute is self.tokens_day is self.answers_at_once is None)

    @property
    def used_today(self) -> int:
        """Tokens, for a key with limits; one query or two."""
        from providers import meters

        return meters.read((self.user_id, self.pk)).day_used

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

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
            cls.objects.create(digest=cls.digest_of(token))
        return token

    @classmethod
    def find(cls, token: str) -> "SetupLink | None":
        """The link of this token while it can still be used."""
        if User.objects.exists():
            return None
        return cls.objects.filter(digest=cls.digest_of(token)).first()

    def use(self, email: str, password: str, **fields: Any) -> User:
        """The first administrator. Deleting the row is what decides between two who come at once.

        Raises `SetupLinkSpent`.
        """
        with transaction.atomic():
            deleted, _rows = SetupLink.objects.filter(pk=self.pk, digest=self.digest).delete()
            if not deleted or User.objects.exists():
                raise SetupLinkSpent
            return User.objects.create_superuser(email, password, **fields)

    @staticmethod
    def digest_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()
