"""The forms for what finds things: the embedding model and the reranker. Each is tried out before it is accepted."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from knowledge import embedding, trial
from knowledge.embedding import EmbeddingUnavailable
from knowledge.models import RetrievalSettings
from knowledge.reranking import RerankFailed, reranker_of
from knowledge.trial import EmbeddingTrial, RerankTrial, TrialFailed
from webui.crypto import SecretUnreadable
from webui.panel.connection_fields import KeyField

_MOVED = gettext_lazy("The address has changed: enter the key again. It is only sent where it belongs.")
_NAME_ONE = gettext_lazy("Enter the name of the model.")


def _address(placeholder: str) -> forms.CharField:
    attributes = {"spellcheck": "false", "autocomplete": "off", "placeholder": placeholder}
    return forms.CharField(
        label=gettext_lazy("Address"), max_length=500, required=False, widget=forms.TextInput(attrs=attributes)
    )


def _model(known: str) -> forms.CharField:
    attributes = {"spellcheck": "false", "autocomplete": "off", "list": known}
    return forms.CharField(
        label=gettext_lazy("Model"), max_length=300, required=False, widget=forms.TextInput(attrs=attributes)
    )


def _prompt(label: Any, example: str) -> forms.CharField:
    # The space at its end is a part of it.
    attributes = {"spellcheck": "false", "autocomplete": "off", "placeholder": example}
    return forms.CharField(
        label=label, max_length=300, required=False, strip=False, widget=forms.TextInput(attrs=attributes)
    )


class _TriedForm(forms.ModelForm):
    """What both have: an address, a key that is only ever written, and a trial at the end."""

    kind = ""
    stored_key = ""  # the model's field with the encrypted key
    address_field, model_field, key_field = "", "", ""

    def _is_elsewhere(self, given: dict[str, Any]) -> bool:
        raise NotImplementedError

    def _keep_key(self, given: dict[str, Any], url: str) -> None:
        """What is typed counts; an empty field keeps the stored key where the address is the one it was typed for."""
        row, typed = self.instance, given.get(self.key_field, "")
        if typed or given.get(f"remove_{self.key_field}"):
            setattr(row, self.key_field, typed)
        elif getattr(row, self.stored_key) and url != self.initial.get(self.address_field):
            raise TrialFailed(str(_MOVED), "key")

    def _complain(self, problem: TrialFailed) -> None:
        fields = {"address": self.address_field, "key": self.key_field, "model": self.model_field}
        self.add_error(fields.get(problem.about) or self.model_field, str(problem))

    def _post_clean(self) -> None:
        """The row is filled from the fields by then: now it is tried."""
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            try:
                self._try(self.cleaned_data)
            except TrialFailed as problem:
                self._complain(problem)
            except (EmbeddingUnavailable, RerankFailed, SecretUnreadable) as problem:
                self.add_error(self.model_field, str(problem))

    def _try(self, given: dict[str, Any]) -> None:
        raise NotImplementedError


class EmbeddingForm(_TriedForm):
    """Which model embeds."""

    stored_key, address_field, model_field = "encrypted_embedding_key", "embedding_url", "embedding_model"
    key_field = "embedding_key"

    embedding_url = _address("http://gpu-box:8000")
    embedding_model = _model("known-embeddings")
    embedding_key = KeyField()
    remove_embedding_key = forms.BooleanField(label=gettext_lazy("Remove the stored key"), required=False)
    query_prompt = _prompt(gettext_lazy("Before a question"), "query: ")
    passage_prompt = _prompt(gettext_lazy("Before a passage"), "passage: ")

    class Meta:
        model = RetrievalSettings
        fields = ["embedding", "embedding_url", "embedding_model", "query_prompt", "passage_prompt"]
        widgets = {"embedding": forms.RadioSelect}

    trial: EmbeddingTrial | None = None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("embedding") and not str(given.get("embedding_model", "")).strip():
            self.add_error("embedding_model", str(_NAME_ONE))
        if not given.get("embedding"):
            given |= {"embedding_model": "", "embedding_url": "", "query_prompt": "", "passage_prompt": ""}
        elif not self._is_elsewhere(given):
            given |= {"embedding_url": "", "query_prompt": "", "passage_prompt": ""}
        return given

    def _is_elsewhere(self, given: dict[str, Any]) -> bool:
        return given.get("embedding") in (RetrievalSettings.Source.OPENAI, RetrievalSettings.Source.OLLAMA)

    def _try(self, given: dict[str, Any]) -> None:
        row = self.instance
        row.embedding_width = None
        urls: list[str] = []
        if self._is_elsewhere(given):
            urls = trial.addresses(row.embedding_url, row.embedding)
            kept = self.initial.get("embedding_url")
            self._keep_key(given, kept if kept in urls else "")
        else:
            row.embedding_key = ""
        self.trial = trial.try_embedding(embedding.endpoint_of(row), urls)
        if row.embedding:
            row.embedding_width = self.trial.width
        if urls:
            row.embedding_url = self.trial.endpoint.url


class RerankForm(_TriedForm):
    """What puts the best passages in order once more."""

    stored_key, address_field, model_field = "encrypted_rerank_key", "rerank_url", "rerank_model"
    key_field = "rerank_key"

    rerank_url = _address("http://gpu-box:8001")
    rerank_model = _model("known-rerankers")
    rerank_key = KeyField()
    remove_rerank_key = forms.BooleanField(label=gettext_lazy("Remove the stored key"), required=False)

    class Meta:
        model = RetrievalSettings
        fields = ["reranker", "rerank_url", "rerank_model", "rerank_seconds", "rerank_candidates"]
        widgets = {"reranker": forms.RadioSelect}
        labels = {
            "rerank_seconds": gettext_lazy("Seconds it may take"),
            "rerank_candidates": gettext_lazy("Passages it is given"),
        }

    trial: RerankTrial | None = None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("reranker") == RetrievalSettings.Reranker.LOCAL and not str(given.get("rerank_model", "")).strip():
            self.add_error("rerank_model", str(_NAME_ONE))
        if not given.get("reranker"):
            given |= {"rerank_model": "", "rerank_url": ""}
        return given

    def _is_elsewhere(self, given: dict[str, Any]) -> bool:
        return given.get("reranker") == RetrievalSettings.Reranker.REMOTE

    def _try(self, given: dict[str, Any]) -> None:
        row = self.instance
        urls: list[str] = []
        if self._is_elsewhere(given):
            urls = trial.addresses(row.rerank_url, "rerank")
            kept = self.initial.get("rerank_url")
            self._keep_key(given, kept if kept in urls else "")
        else:
            row.rerank_key, row.rerank_url = "", ""
        reranker = reranker_of(row)
        if reranker is None:
            return
        self.trial = trial.try_reranker(reranker, urls)
        if urls:
            row.rerank_url = self.trial.reranker.url
        if self.trial.seconds > row.rerank_seconds:
            took = _("It took %(seconds).1f s for two passages, which is longer than it may take.")
            self.add_error("rerank_seconds", took % {"seconds": self.trial.seconds})


class ChunkingForm(forms.ModelForm):
    """How documents are cut."""

    class Meta:
        model = RetrievalSettings
        fields = ["chunk_size", "chunk_overlap"]
        labels = {
            "chunk_size": gettext_lazy("Characters of a passage"),
            "chunk_overlap": gettext_lazy("Characters shared with the next"),
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("chunk_overlap", 0) * 2 > given.get("chunk_size", 1000):
            self.add_error("chunk_overlap", _("At most half of a passage can be shared."))
        return given
