"""An assistant: a model with instructions, parameters and libraries of its own, who it is shared with, its picture."""

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from webui.accounts.models import User

PREFIX = "assistant:"


class AssistantQuerySet(models.QuerySet["Assistant"]):
    def shared_with(self, user: "User") -> Self:
        """One's own, and those that one is meant to use. Whether its model is allowed is another question."""
        through_users = Assistant.users.through.objects.filter(user_id=user.pk)
        through_groups = Assistant.groups.through.objects.filter(group__in=user.groups.all())
        mine = Q(owner=user) | Q(for_everyone=True)
        mine |= Q(pk__in=through_users.values("assistant_id")) | Q(pk__in=through_groups.values("assistant_id"))
        return self.filter(mine)

    def editable_by(self, user: "User") -> Self:
        """The door to its instructions: the owner's, and every one for an administrator."""
        return self.all() if user.is_superuser and user.is_active else self.filter(owner=user)


class Assistant(models.Model):
    """A model as somebody has set it up for others. People and programs name it by `public_id`, as they name models."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="assistants")
    name = models.CharField(_("name"), max_length=100)
    description = models.CharField(_("description"), max_length=300, blank=True)
    base_model = models.CharField(_("model"), max_length=420, help_text="A public id; the model may come and go.")
    system = models.TextField(_("instructions"), blank=True)
    params = models.JSONField(default=dict, blank=True, help_text="What is not in here is left to the model server.")
    libraries = models.ManyToManyField("knowledge.Library", blank=True, related_name="+")
    web_search = models.BooleanField(null=True, blank=True, help_text="None: as the person has it.")
    suggestions = models.JSONField(default=list, blank=True, help_text="Questions to begin with.")
    picture_mark = models.CharField(max_length=16, blank=True, help_text="Changes with the picture; empty without.")
    for_everyone = models.BooleanField(default=False)
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="shared_assistants")
    groups = models.ManyToManyField("auth.Group", blank=True, related_name="shared_assistants")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AssistantQuerySet.as_manager()

    class Meta:
        ordering = ["name", "created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return f"{PREFIX}{self.pk}"

    @property
    def picture_address(self) -> str | None:
        return f"/assistants/{self.pk}/picture?{self.picture_mark}" if self.picture_mark else None


class Picture(models.Model):
    """The picture of an assistant, apart from it so that no list reads its bytes."""

    assistant = models.OneToOneField(Assistant, models.CASCADE, primary_key=True, related_name="picture")
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"picture of {self.pk}"


class AssistantMakers(models.Model):
    """Who may make assistants: one row; without it, everyone."""

    class Rule(TextChoices):
        EVERYONE = "everyone", _("everyone")
        GROUPS = "groups", _("these groups")
        NOBODY = "nobody", _("administrators alone")

    rule = models.CharField(max_length=10, choices=Rule, default=Rule.EVERYONE)
    groups = models.ManyToManyField("auth.Group", blank=True, related_name="+")

    def __str__(self) -> str:
        return self.rule


class Favourite(models.Model):
    """A model or an assistant that a person wants near at hand, by its public id."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="favourites")
    public_id = models.CharField(max_length=420)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "public_id"], name="a_favourite_only_once")]

    def __str__(self) -> str:
        return self.public_id
