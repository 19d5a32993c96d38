"""Makes the panel's admin site the one that `django.contrib.admin` registers with."""

from django.contrib.admin.apps import AdminConfig


class PanelAdminConfig(AdminConfig):
    default_site = "webui.panel.django_admin.PanelAdminSite"
