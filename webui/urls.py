"""Every address of the site, app by app."""

from django.urls import include, path

urlpatterns = [
    path("", include("webui.health")),
    path("", include("webui.metrics")),
    path("", include("webui.offline")),
    path("", include("webui.accounts.urls")),
    path("", include("webui.panel.urls")),
    path("knowledge/", include("knowledge.urls")),
    path("", include("webui.api")),
    path("", include("webui.ollama_api")),
    path("", include("chat.urls")),
]
