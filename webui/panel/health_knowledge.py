"""The health of what finds things: the vector index, the embedding model, the web search engine."""

import time
from collections.abc import Mapping
from typing import Any

from django.db.models import Sum
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from knowledge import embedding
from knowledge.embedding import EmbeddingUnavailable, Endpoint
from knowledge.index_state import IndexState
from knowledge.models import Document, Generation, Library
from knowledge.web.configuration import configured
from webui.conf import conf
from webui.panel.health_vital import Fact, Vital
from webui.panel.health_work import ago, number


def index(found: Mapping[str, Any]) -> Vital:
    common: dict[str, Any] = {
        "key": "index",
        "name": _("Vector index"),
        "link": "/admin/retrieval/",
        "link_words": _("Retrieval"),
    }
    passages = _passages()
    if not conf.chroma_url:
        return Vital(
            state="down",
            said=_("No Chroma server is set: libraries are searched by words alone."),
            advice=_("Start the server with “manage.py up”, or set CHROMA_URL."),
            **common,
        )
    state: IndexState | None = found.get("chroma")
    if state is None:
        return Vital(
            state="down",
            said=_("Chroma does not answer: libraries are searched by words alone."),
            advice=_("“manage.py up” starts it again by itself; its words are in index.log in the data folder."),
            facts=(number("passages", _("Passages in the database"), passages),),
            **common,
        )
    vectors = "–" if state.vectors is None else str(state.vectors)
    facts = (
        Fact(key="version", label=_("Interface"), shown=f"Chroma {state.version}"),
        number("collections", _("Collections"), state.collections),
        Fact(key="vectors", label=_("Vectors"), shown=vectors, value=state.vectors),
        number("passages", _("Passages in the database"), passages),
    )
    if said := _missing(state, passages):
        advice = _(
            "The worker fills it again from the database by itself, and looks for losses every hour. At once: “Check"
            " and repair” on the page about retrieval, or “manage.py rebuild_index”."
        )
        return Vital(state="warn", said=said, advice=advice, facts=facts, **common)
    return Vital(state="ok", said=_("It answers, and every passage has its vector."), facts=facts, **common)


def _missing(state: IndexState, passages: int) -> str:
    """What the index has lost, as far as that is known; '' when nothing."""
    if lost := Library.objects.exclude(lost_at=None).count():
        said = ngettext(
            "%(number)d library has lost vectors and is being filled again. Until then part of it is found by words"
            " alone.",
            "%(number)d libraries have lost vectors and are being filled again. Until then part of them is found by"
            " words alone.",
            lost,
        )
        return said % {"number": lost}
    if state.vectors is not None and (held := _served(state)) < passages:
        said = _("%(number)d passages have no vector and are found by their words alone.")
        return said % {"number": passages - held}
    return ""


def _served(state: IndexState) -> int:
    """Vectors of the generation that serves: of others there may be as many again."""
    others = Generation.fingerprints() - {served} if (served := _fingerprint()) else set()
    return sum(number for name, number in state.counts.items() if name.rpartition("-")[2] not in others)


def _fingerprint() -> str:
    try:
        return embedding.fingerprint()
    except EmbeddingUnavailable:
        return ""


def _passages() -> int:
    """By the documents' own numbers: counting the passages themselves would read them all."""
    ready = Document.objects.filter(status=Document.Status.READY)
    return int(ready.aggregate(all=Sum("chunks_total"))["all"] or 0)


def embedder(found: Mapping[str, Any]) -> Vital:
    common: dict[str, Any] = {"key": "embedder", "name": _("Embedding model")}
    without = _("Until it is back, libraries are searched by words alone and new documents wait.")
    try:
        source = embedding.endpoint()
    except EmbeddingUnavailable as problem:
        return Vital(state="down", said=str(problem), advice=without, **common)
    facts = [Fact(key="model", label=_("Model"), shown=source.model)]
    last = Document.objects.filter(status=Document.Status.READY).order_by("-updated_at").first()
    if last:
        shown = _("%(time)s ago") % {"time": timesince(last.updated_at, depth=1)}
        facts.append(
            Fact(key="last_document", label=_("Last document"), shown=shown, value=last.updated_at.isoformat())
        )
    if not source.local:
        return _elsewhere(source, facts, found, common, without)
    told = found.get("embedder")
    if not isinstance(told, dict):
        said = _("It does not answer: libraries are searched by words alone.")
        return Vital(
            state="down",
            said=said,
            advice=_("“manage.py up” starts it again by itself; look at its log."),
            facts=tuple(facts),
            **common,
        )
    return _local(told, facts, common)


def _elsewhere(
    source: Endpoint, facts: list[Fact], found: Mapping[str, Any], common: dict[str, Any], without: str
) -> Vital:
    facts.append(Fact(key="address", label=_("Address"), shown=source.url))
    if found.get("embedder_opens"):
        return Vital(state="ok", said=_("Its server can be reached."), facts=tuple(facts), **common)
    said = _("Its server cannot be reached.")
    return Vital(state="down", said=said, advice=without, facts=tuple(facts), **common)


def _local(told: Mapping[str, Any], facts: list[Fact], common: dict[str, Any]) -> Vital:
    state = str(told.get("state", ""))
    words = {
        "ready": _("It is loaded."),
        "idle": _("It is at rest, and is loaded when it is needed."),
        "preparing": _("It is being loaded."),
    }
    facts.append(
        Fact(key="loaded", label=_("Loaded"), shown=_("yes") if state == "ready" else _("no"), value=state == "ready")
    )
    if used := told.get("used_at"):
        seconds = max(0.0, time.time() - float(used))
        facts.append(Fact(key="used_seconds", label=_("Last used"), shown=ago(seconds), value=round(seconds, 1)))
    if state in words:
        return Vital(state="ok", said=words[state], facts=tuple(facts), **common)
    return Vital(
        state="down",
        said=_("It could not be loaded: %(reason)s") % {"reason": told.get("detail") or state},
        advice=_("It is tried again with the next question. Until then libraries are searched by words alone."),
        facts=tuple(facts),
        **common,
    )


def web_search(found: Mapping[str, Any]) -> Vital:
    common: dict[str, Any] = {
        "key": "web_search",
        "name": _("Web search"),
        "link": "/admin/search/",
        "link_words": _("Web search"),
    }
    chosen = configured()
    names = ", ".join(engine.name for engine in chosen.engines)
    facts = (Fact(key="engine", label=_("Engine"), shown=names),) if names else ()
    problem = next((engine.problem for engine in chosen.engines if engine.problem), "")
    if not chosen.settings.enabled:
        return Vital(state="idle", said=_("Switched off."), facts=facts, **common)
    if not chosen.engines:
        return Vital(state="idle", said=_("No engine is set up, so nobody can search the web."), **common)
    if problem:
        return Vital(
            state="warn", said=problem, advice=_("Correct it on the page of web search."), facts=facts, **common
        )
    return Vital(state="ok", said=_("People may search the web."), facts=facts, **common)
