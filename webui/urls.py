"""Every address of the site, app by app."""

from django.urls import include, path

handler500 = "webui.unserved.server_error"
urlpatterns = [
    path("", include("webui.health")),
    path("", include("webui.breaches")),
    path("", include("webui.metrics")),
    path("", include("webui.offline")),
    path("", include("webui.accounts.urls")),
    path("", include("webui.panel.urls")),
    path("knowledge/", include("knowledge.urls")),
    path("", include("webui.api")),
    path("", include("webui.ollama_api")),
    path("", include("chat.urls")),
]
