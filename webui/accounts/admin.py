"""People and keys in Django's admin: to look at, and to correct a name or a group."""

from django.contrib import admin
from django.http import HttpRequest

from webui.accounts.models import ApiKey, User


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
