"""What Django's admin shows: people, keys, connections, models. Chats and libraries are nobody else's to read."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.http import HttpRequest

from providers.models import Connection, Model
from webui.accounts.models import ApiKey, User

# A second address opens the account it is given to; allauth's own bookkeeping is not to be edited by hand.
admin.site.unregister(EmailAddress)
admin.site.unregister(UserSession)
admin.site.unregister(Authenticator)  # secrets


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """Approving, disabling and the administrator's right are done on the panel's page, which guards the last one."""

    list_display = ("email", "name", "is_active", "is_superuser", "date_joined", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    fields = ("email", "name", "language", "is_active", "is_superuser", "approved_at", "groups", "last_login")
    readonly_fields = ("email", "is_active", "is_superuser", "approved_at", "last_login")
    filter_horizontal = ("groups",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):
    list_display = ("user", "name", "prefix", "created_at", "last_used_at", "expires_at")
    search_fields = ("user__email", "name", "prefix")
    readonly_fields = fields = list_display

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class LookOnly(admin.ModelAdmin):
    """Changed on the panel's pages, which also tell the server."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Connection)
class ConnectionAdmin(LookOnly):
    """Without the key, encrypted or not."""

    list_display = ("name", "kind", "base_url", "enabled", "from_environment", "checked_at", "problem")
    fields = list_display


@admin.register(Model)
class ModelAdmin(LookOnly):
    list_display = ("public_id", "connection", "kind", "window", "present", "for_everyone")
    list_filter = ("connection", "kind", "present")
    search_fields = ("public_id",)
    fields = (*list_display, "users", "groups")
