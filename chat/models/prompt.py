"""A prompt that is kept to be used again: what it is called by, who may use it, who may edit it, what it was before."""

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from webui.accounts.models import User

LONGEST_COMMAND = 40
LONGEST_TEXT = 20_000  # characters
MOST_VERSIONS = 50


class PromptQuerySet(models.QuerySet["Prompt"]):
    def usable_by(self, user: "User") -> Self:
        """One's own, those for everybody, and those of one's groups; who may edit one may use it too."""
        if not user.is_active:
            return self.none()
        groups = user.groups.values("pk")
        used = Prompt.groups.through.objects.filter(group__in=groups)
        edited = Prompt.editors.through.objects.filter(group__in=groups)
        shared = Q(pk__in=used.values("prompt_id")) | Q(pk__in=edited.values("prompt_id"))
        return self.filter(Q(owner=user) | Q(for_everyone=True) | shared)

    def editable_by(self, user: "User") -> Self:
        """One's own and those of the groups that edit them; an administrator's every one that others can see."""
        if not user.is_active:
            return self.none()
        edited = Prompt.editors.through.objects.filter(group__in=user.groups.values("pk"))
        mine = Q(owner=user) | Q(pk__in=edited.values("prompt_id"))
        if user.is_superuser:
            mine |= Q(for_everyone=True)
            mine |= Q(pk__in=Prompt.groups.through.objects.values("prompt_id"))
            mine |= Q(pk__in=Prompt.editors.through.objects.values("prompt_id"))
        return self.filter(mine)


class Prompt(models.Model):
    """A text with variables (`chat/prompts/variables.py`), put into the box of the chat page by `/command`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="prompts")
    command = models.CharField(_("command"), max_length=LONGEST_COMMAND)
    name = models.CharField(_("name"), max_length=100)
    text = models.TextField(_("text"))
    for_everyone = models.BooleanField(default=False)
    groups = models.ManyToManyField("auth.Group", blank=True, related_name="prompts")
    editors = models.ManyToManyField("auth.Group", blank=True, related_name="edited_prompts")
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PromptQuerySet.as_manager()

    class Meta:
        ordering = ["name", "created_at"]
        constraints = [models.UniqueConstraint(fields=["owner", "command"], name="a_command_once_for_its_owner")]

    def __str__(self) -> str:
        return f"/{self.command}"


class PromptVersion(models.Model):
    """What a prompt was until somebody changed it."""

    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="versions")
    name = models.CharField(max_length=100)
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name}, {self.written_at}"
