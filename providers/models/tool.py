"""Tool servers, the tools that were found on them and approved, and the sign-ins of people there."""

import uuid
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from webui.crypto import decrypt, encrypt

if TYPE_CHECKING:
    from webui.accounts.models import User


class ToolServerQuerySet(models.QuerySet["ToolServer"]):
    def usable_by(self, user: "User") -> Self:
        """Those that are on and open to this person: administrators have no more right here than anybody else."""
        if not user.is_active:
            return self.none()
        mine = Q(for_everyone=True)
        mine |= Q(pk__in=ToolServer.groups.through.objects.filter(group__in=user.groups.all()).values("toolserver_id"))
        return self.filter(mine, enabled=True)


class ToolServer(models.Model):
    """Where tools are: a server that an administrator named, or this product itself (`BUILT_IN`)."""

    class Kind(TextChoices):
        MCP = "mcp", _("MCP server")
        OPENAPI = "openapi", _("OpenAPI server")
        BUILT_IN = "builtin", _("built in")

    class Auth(TextChoices):
        NONE = "none", _("no sign-in")
        TOKEN = "token", _("a token that all share")
        OAUTH = "oauth", _("each person signs in (OAuth)")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.MCP)
    url = models.CharField(_("address"), max_length=500, blank=True)
    base_url = models.CharField(max_length=500, blank=True, help_text="Where the calls of an OpenAPI document go.")
    auth = models.CharField(_("sign-in"), max_length=10, choices=Auth, default=Auth.NONE)
    encrypted_token = models.TextField(blank=True)
    header = models.CharField(_("header of the token"), max_length=60, blank=True, help_text="Empty: Authorization.")
    client = models.TextField(blank=True, help_text="The OAuth client we are there, as JSON, encrypted.")
    enabled = models.BooleanField(_("on"), default=True)
    for_everyone = models.BooleanField(_("everyone"), default=False)
    groups = models.ManyToManyField("auth.Group", blank=True, related_name="tool_servers")
    problem = models.TextField(blank=True, help_text="Why the last look failed, as a sentence.")
    checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ToolServerQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def token(self) -> str:
        """In the clear, '' when there is none. Raises `SecretUnreadable`."""
        return decrypt(self.encrypted_token)

    @token.setter
    def token(self, token: str) -> None:
        self.encrypted_token = encrypt(token.strip())


class Tool(models.Model):
    """A tool as an administrator has seen and approved it. `pin` is the mark of what was approved, `found` what the
    server says now where that differs: then the tool is off until somebody has looked at the difference."""

    class Policy(TextChoices):
        OFF = "off", _("off")
        ASK = "ask", _("ask first")
        ALWAYS = "always", _("always allowed")

    class Nature(TextChoices):
        READS = "reads", _("only reads")
        WRITES = "writes", _("adds or changes")
        DESTROYS = "destroys", _("may destroy")

    id = models.BigAutoField(primary_key=True)
    server = models.ForeignKey(ToolServer, models.CASCADE, related_name="tools")
    name = models.CharField(max_length=128)
    title = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    schema = models.JSONField(default=dict)
    route = models.JSONField(default=dict, blank=True, help_text="Of an OpenAPI tool: how it is called.")
    nature = models.CharField(max_length=10, choices=Nature, default=Nature.DESTROYS)
    policy = models.CharField(max_length=10, choices=Policy, default=Policy.OFF)
    pin = models.CharField(max_length=64)
    found = models.JSONField(null=True, blank=True, help_text="What the server says now, where it is another thing.")
    present = models.BooleanField(default=True)

    class Meta:
        ordering = ["server", "name"]
        constraints = [models.UniqueConstraint(fields=["server", "name"], name="one_tool_of_a_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_on(self) -> bool:
        return self.present and self.found is None and self.policy != self.Policy.OFF

    @property
    def changed(self) -> dict[str, Any] | None:
        return self.found


class ToolSignIn(models.Model):
    """One person's tokens at a tool server, encrypted. Never listed: its owner is told whether there is one."""

    server = models.ForeignKey(ToolServer, models.CASCADE, related_name="sign_ins")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    encrypted = models.TextField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["server", "user"], name="one_sign_in_at_a_tool_server")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.server_id}"
