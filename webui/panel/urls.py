"""The addresses of the administration: each section brings its own, Django's admin stands behind them."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path

from webui.panel import (
    arena,
    assistants,
    audit,
    banners,
    chat_sharing,
    checks,
    connections,
    groups,
    health,
    home,
    images,
    invitations,
    limits,
    matrix,
    models,
    new_models,
    ollama,
    people,
    ratings,
    reading,
    retrieval,
    search,
    see_as,
    sign_in_providers,
    sign_up_hooks,
    signing_in,
    tools,
    usage,
    voice,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/django/", admin.site.urls),
    *home.urlpatterns,
    *banners.urlpatterns,
    *health.urlpatterns,
    *limits.urlpatterns,  # before the decisions about a person, which take any word
    *see_as.urlpatterns,  # likewise
    *reading.urlpatterns,  # likewise
    *people.urlpatterns,
    *groups.urlpatterns,
    *audit.urlpatterns,
    *signing_in.urlpatterns,
    *sign_in_providers.urlpatterns,
    *sign_up_hooks.urlpatterns,
    *invitations.urlpatterns,
    *connections.urlpatterns,
    *new_models.urlpatterns,
    *models.urlpatterns,
    *checks.urlpatterns,
    *matrix.urlpatterns,
    *arena.urlpatterns,
    *assistants.urlpatterns,
    *chat_sharing.urlpatterns,
    *ollama.urlpatterns,
    *usage.urlpatterns,
    *voice.urlpatterns,
    *ratings.urlpatterns,
    *search.urlpatterns,
    *images.urlpatterns,
    *tools.urlpatterns,
    *retrieval.urlpatterns,
]
