"""The addresses of the administration: each section brings its own, Django's admin stands behind them."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path

from webui.panel import connections, home, models, ollama, people, search

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/django/", admin.site.urls),
    *home.urlpatterns,
    *people.urlpatterns,
    *connections.urlpatterns,
    *models.urlpatterns,
    *ollama.urlpatterns,
    *search.urlpatterns,
]
