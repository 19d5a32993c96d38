"""What people think of answers: counts of each model, and as preference data what people let administrators read."""

from collections import Counter
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path

from chat.models import Rating
from chat.models.rating import REASONS
from chat.rating import preferences
from chat.rating.api import as_download
from chat.rating.lines import KINDS
from webui.panel.base import administrator_required

MOST_REASONS = 4  # shown of each model


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One model: thumbs, how many of them are shared, and the reasons named most as (words, number)."""

    name: str
    up: int
    down: int
    shared: int
    reasons: tuple[tuple[str, int], ...]

    @property
    def rated(self) -> int:
        return self.up + self.down


@administrator_required
def ratings(request: HttpRequest) -> HttpResponse:
    models = judged()
    context = {
        "section": "usage",
        "models": models,
        "up": sum(one.up for one in models),
        "down": sum(one.down for one in models),
        "shared": sum(one.shared for one in models),
    }
    return render(request, "panel/ratings.html", context)


@administrator_required
def ratings_export(request: HttpRequest) -> HttpResponseBase:
    """What is shared, one JSON object a line."""
    return as_download(preferences.shared(KINDS.get(request.GET.get("kind", ""), "all")))


def judged() -> list[Judged]:
    """Every model that was rated, the most rated first. Reads thumbs and reasons, and no words of anybody."""
    thumbs: dict[str, Counter[str]] = {}
    reasons: dict[str, Counter[str]] = {}
    rows = Rating.objects.order_by().values_list("message__model_name", "value", "shared", "reasons")
    for model, value, is_shared, named in rows.iterator():
        thumbs.setdefault(model, Counter()).update([value, *["shared"] * is_shared])
        reasons.setdefault(model, Counter()).update(named)
    found = [
        Judged(
            name=model,
            up=counts[Rating.Value.UP],
            down=counts[Rating.Value.DOWN],
            shared=counts["shared"],
            reasons=tuple((str(REASONS[k]), n) for k, n in reasons[model].most_common(MOST_REASONS) if k in REASONS),
        )
        for model, counts in thumbs.items()
    ]
    return sorted(found, key=lambda one: (-one.rated, one.name))


urlpatterns: list[URLPattern] = [
    path("admin/ratings/", ratings, name="panel_ratings"),
    path("admin/ratings/export/", ratings_export, name="panel_ratings_export"),
]
