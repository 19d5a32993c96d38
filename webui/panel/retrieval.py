"""How libraries are searched: the embedding model, the reranker, and what the libraries hold of each model."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from knowledge import embedding, mending
from knowledge.embedder.prompts import PACKAGED
from knowledge.embedding import EmbeddingUnavailable
from knowledge.models import RetrievalSettings
from webui.crypto import SecretUnreadable
from webui.panel import retrieval_generations
from webui.panel.base import administrator_required
from webui.panel.retrieval_forms import ChunkingForm, EmbeddingForm, RerankForm
from webui.panel.retrieval_generations import generations, offer
from webui.panel.retrieval_state import holdings

# What the fields for a model offer; any other name or folder may be typed. The first needs no hub.
KNOWN_EMBEDDINGS = (
    PACKAGED,
    "intfloat/multilingual-e5-base",
    "intfloat/multilingual-e5-large",
    "BAAI/bge-m3",
    "BAAI/bge-small-en-v1.5",
    "BAAI/bge-small-zh-v1.5",
    "Qwen/Qwen3-Embedding-0.6B",
    "google/embeddinggemma-300m",
    "nomic-embed-text",
    "text-embedding-3-small",
)
KNOWN_RERANKERS = (
    "cross-encoder/mmarco-mMiniLMv2-L12-H384-v1",
    "cross-encoder/ms-marco-MiniLM-L6-v2",
    "BAAI/bge-reranker-base",
    "BAAI/bge-reranker-v2-m3",
    "jinaai/jina-reranker-v2-base-multilingual",
)


@administrator_required
def retrieval(request: HttpRequest) -> HttpResponse:
    return _page(request)


@administrator_required
@require_POST
def choose_embedding(request: HttpRequest) -> HttpResponse:
    form = EmbeddingForm(request.POST, instance=_row())
    if not form.is_valid():
        return _page(request, embedding_form=form)
    tried = form.trial
    if tried and not tried.is_sensible:
        messages.warning(
            request, _("It put the wrong one of two passages first. Look whether the prompts are those of the model.")
        )
    offered = offer(request, form.instance)
    if not offered:
        form.save()
        width = tried.width if tried else 0
        messages.success(request, _("Saved. The model gives %(width)d numbers a text.") % {"width": width})
    return _back("generations" if offered else "main")


@administrator_required
@require_POST
def choose_chunking(request: HttpRequest) -> HttpResponse:
    form = ChunkingForm(request.POST, instance=_row())
    if not form.is_valid():
        return _page(request, chunking_form=form)
    offered = offer(request, form.instance)
    if not offered:
        form.save()
        messages.success(request, _("Saved."))
    return _back("generations" if offered else "main")


@administrator_required
@require_POST
def choose_reranker(request: HttpRequest) -> HttpResponse:
    form = RerankForm(request.POST, instance=_row())
    if not form.is_valid():
        return _page(request, rerank_form=form)
    tried = form.trial
    form.save()
    if tried and not tried.is_sensible:
        messages.warning(request, _("It put the wrong one of two passages first. Look whether it is a reranker."))
    said = _("Saved. Two passages take it %(seconds).2f s.") % {"seconds": tried.seconds} if tried else _("Saved.")
    messages.success(request, said)
    return _back("main")


@administrator_required
@require_POST
def rebuild(request: HttpRequest) -> HttpResponse:
    """Compare the index with the database and fill what is missing, now."""
    mending.mend_later()
    messages.success(request, _("A worker compares the index with the database and fills what is missing."))
    return _back("main")


def _back(part: str) -> HttpResponse:
    """To the page; a browser would else stay where the form was, below what is to be read."""
    return redirect(f"{reverse('panel_retrieval')}#{part}")


def _row() -> RetrievalSettings:
    """A row of one's own: what is shown to questions must not change before it is saved."""
    return RetrievalSettings.stored()


def _page(
    request: HttpRequest,
    *,
    embedding_form: EmbeddingForm | None = None,
    rerank_form: RerankForm | None = None,
    chunking_form: ChunkingForm | None = None,
) -> HttpResponse:
    row = _row()
    context = {
        "section": "retrieval",
        "embedding_form": embedding_form or EmbeddingForm(instance=_row()),
        "rerank_form": rerank_form or RerankForm(instance=_row()),
        "chunking_form": chunking_form or ChunkingForm(instance=_row()),
        "generations": generations(),
        "serving": _serving(row),
        "environment": _environment(),
        "embedding_key": _key_state(row, "embedding_key"),
        "rerank_key": _key_state(row, "rerank_key"),
        "holdings": holdings(),
        "known_embeddings": KNOWN_EMBEDDINGS,
        "known_rerankers": KNOWN_RERANKERS,
    }
    return render(request, "panel/retrieval.html", context)


def _serving(row: RetrievalSettings) -> dict[str, Any]:
    try:
        source = embedding.endpoint_of(row)
    except EmbeddingUnavailable as problem:
        return {"problem": str(problem)}
    place = _("on this server") if source.local else source.url
    return {"model": source.model, "place": place, "width": source.width, "prompts": source.prompts}


def _environment() -> str:
    """The model that serves where nothing is chosen here."""
    try:
        source = embedding.endpoint_of(RetrievalSettings(pk=1))
    except EmbeddingUnavailable as problem:
        return str(problem)
    return source.model if source.local else f"{source.model} · {source.url}"


def _key_state(row: RetrievalSettings, name: str) -> dict[str, Any]:
    """As much of the stored key as tells two apart."""
    try:
        key = getattr(row, name)
    except SecretUnreadable as problem:
        return {"problem": str(problem), "stored": True}
    return {"stored": bool(key), "end": key[-4:] if len(key) >= 12 else ""}


urlpatterns: list[URLPattern] = [
    *retrieval_generations.urlpatterns,
    path("admin/retrieval/", retrieval, name="panel_retrieval"),
    path("admin/retrieval/embedding/", choose_embedding, name="panel_retrieval_embedding"),
    path("admin/retrieval/chunking/", choose_chunking, name="panel_retrieval_chunking"),
    path("admin/retrieval/reranker/", choose_reranker, name="panel_retrieval_reranker"),
    path("admin/retrieval/rebuild/", rebuild, name="panel_retrieval_rebuild"),
]
