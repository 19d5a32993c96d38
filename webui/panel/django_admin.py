"""Django's own admin, behind the panel's door instead of its own sign-in page."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from webui.panel.base import View, administrator_required


class PanelAdminSite(AdminSite):
    site_header = site_title = _("webui: all tables")
    index_title = _("For what the panel has no page of its own")
    site_url = "/admin/"

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        return administrator_required(super().admin_view(view, cacheable))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one sign-in page, with its limits; this address only leads there and back."""
        return administrator_required(lambda request: redirect("panel_home"))(request)
