"""A server that makes pictures: where it is, how it is spoken to, what may be asked of it, by whom, at what cost."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from webui.crypto import decrypt, encrypt

USUAL_SIZES = "1024x1024\n1536x1024\n1024x1536"


class ImageServerQuerySet(models.QuerySet["ImageServer"]):
    def usable_by(self, user: object) -> Self:
        """Those that this person may ask now; administrators all that are switched on."""
        usable = self.filter(enabled=True)
        if not getattr(user, "is_active", False):
            return self.none()
        if getattr(user, "is_superuser", False):
            return usable
        groups = ImageServer.groups.through.objects.filter(group__in=user.groups.all())  # type: ignore[attr-defined]
        in_group = Q(rule=ImageServer.Rule.GROUPS, pk__in=groups.values("imageserver_id"))
        return usable.filter(Q(rule=ImageServer.Rule.EVERYONE) | in_group)


class ImageServer(models.Model):
    """Nobody may use it until an administrator says so: pictures cost money, or the time of a graphics card."""

    class Kind(TextChoices):
        OPENAI = "openai", _("OpenAI-compatible images API")
        A1111 = "a1111", "AUTOMATIC1111 (Stable Diffusion WebUI)"
        COMFYUI = "comfyui", "ComfyUI"

    class Rule(TextChoices):
        NOBODY = "nobody", _("nobody but administrators")
        EVERYONE = "everyone", _("everyone")
        GROUPS = "groups", _("these groups")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.OPENAI)
    base_url = models.CharField(max_length=500)
    encrypted_key = models.TextField(blank=True, help_text="A key, or `user:password` for AUTOMATIC1111.")
    model = models.CharField(max_length=300, blank=True, help_text="The server's own id.")
    quality = models.CharField(max_length=20, blank=True, help_text="As the images API names it.")
    steps = models.PositiveSmallIntegerField(null=True, blank=True)
    sizes = models.TextField(default=USUAL_SIZES, help_text="One a line, the usual one first.")
    most = models.PositiveSmallIntegerField(default=2, help_text="Of one question.")
    daily = models.PositiveIntegerField(null=True, blank=True, help_text="Of each person; None: no limit.")
    seconds = models.PositiveIntegerField(default=180, help_text="For the pictures of one question.")
    tokens = models.PositiveIntegerField(default=1000, help_text="That a picture counts against limits.")
    price = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True, help_text="Of one picture.")
    workflow = models.JSONField(default=dict, blank=True, help_text="ComfyUI: nodes in API format, by id.")
    marks = models.JSONField(default=dict, blank=True, help_text="ComfyUI: what goes in where, {role: 'node.input'}.")
    edit_workflow = models.JSONField(default=dict, blank=True, help_text="The same for editing a picture.")
    edit_marks = models.JSONField(default=dict, blank=True)
    can_edit = models.BooleanField(default=True)
    enabled = models.BooleanField(default=True)
    rule = models.CharField(max_length=10, choices=Rule, default=Rule.NOBODY)
    groups = models.ManyToManyField("auth.Group", blank=True, related_name="image_servers")
    position = models.PositiveIntegerField(default=0)
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When it was tried last, and answered.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ImageServerQuerySet.as_manager()

    class Meta:
        ordering = ["position", "created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """Its name for programs and in the account of what was used; no id of a chat model begins like this."""
        return f"image:{self.name}"

    @property
    def api_key(self) -> str:
        """The key in the clear, '' when there is none. Raises `SecretUnreadable`."""
        return decrypt(self.encrypted_key)

    @api_key.setter
    def api_key(self, key: str) -> None:
        self.encrypted_key = encrypt(key.strip())

    @property
    def offered_sizes(self) -> list[str]:
        """Each as `1024x768`, the usual one first."""
        return self.sizes.split()


class PictureCount(models.Model):
    """Pictures of one person by one server on the newest day of which there are any (chat/images/daily.py)."""

    server = models.ForeignKey(ImageServer, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    day = models.DateField()
    pictures = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["server", "user"], name="one_count_of_pictures")]

    def __str__(self) -> str:
        return f"{self.pictures} on {self.day}"
