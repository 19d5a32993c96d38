"""Web search: one switch, the engine's key and address, and a test that shows what a search finds."""

import time
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from knowledge.models import WebSearchSettings
from knowledge.passages import SearchError
from knowledge.web import addresses, engines
from knowledge.web.search import PageOutcome, try_out
from webui.crypto import SecretUnreadable
from webui.panel.base import administrator_required

MOST_RESULTS = 10


class SearchForm(forms.ModelForm):
    """The key is only ever written: what is stored is shown by its last four characters."""

    key = forms.CharField(
        label=gettext_lazy("API key"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    remove_key = forms.BooleanField(label=gettext_lazy("Remove the stored key"), required=False)
    base_url = forms.CharField(
        label=gettext_lazy("Address"),
        required=False,
        max_length=500,
        widget=forms.URLInput(attrs={"spellcheck": "false"}),
    )
    results = forms.IntegerField(label=gettext_lazy("Pages read per search"), min_value=1, max_value=MOST_RESULTS)

    class Meta:
        model = WebSearchSettings
        fields = ["enabled", "base_url", "results"]

    def clean_base_url(self) -> str:
        address = str(self.cleaned_data["base_url"]).strip().rstrip("/")
        try:
            return address and addresses.parse(address).url.rstrip("/")
        except addresses.NotAllowed:
            raise forms.ValidationError(
                _("Enter an address like https://search.example.org, without a user name.")
            ) from None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        moved = "base_url" in self.changed_data and "base_url" in given
        # A key that was entered for one server must not be sent to another because an address was edited.
        if moved and self.instance.encrypted_key and not given.get("key") and not given.get("remove_key"):
            self.add_error("key", _("The address has changed: enter the key again. It is only sent where it belongs."))
        return given

    def save(self, commit: bool = True) -> WebSearchSettings:
        row = super().save(commit=False)
        if self.cleaned_data["key"]:
            row.api_key = self.cleaned_data["key"]
        elif self.cleaned_data["remove_key"]:
            row.api_key = ""
        if commit:
            row.save()
        return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One test search, as the page shows it."""

    question: str
    seconds: float
    engine: str = ""
    pages: tuple[PageOutcome, ...] = ()
    passages: int = 0
    problem: str = ""


@administrator_required
def search(request: HttpRequest) -> HttpResponse:
    row = engines.stored()
    trial = None
    if request.method == "POST":
        form = SearchForm(request.POST, instance=row)
        if form.is_valid():
            form.save()
            if "test" not in request.POST:
                messages.success(request, _("Saved."))
                return redirect("panel_search")
            trial = _try_out(request)
            form = SearchForm(instance=row)
    else:
        form = SearchForm(instance=row)
    return render(request, "panel/search.html", {"section": "search", "form": form, "trial": trial, **_key_state(row)})


def _try_out(request: HttpRequest) -> Trial:
    question = request.POST.get("question", "").strip()[:200] or _("What is a search engine?")
    started = time.monotonic()
    try:
        found = async_to_sync(try_out)(question, user_id=int(request.user.pk or 0))
    except SearchError as error:
        return Trial(question=question, seconds=time.monotonic() - started, problem=str(error))
    return Trial(
        question=question,
        seconds=time.monotonic() - started,
        engine=found.engine,
        pages=tuple(found.pages),
        passages=len(found.passages),
    )


def _key_state(row: WebSearchSettings) -> dict[str, object]:
    """Where the key in use comes from, and as much of it as tells two keys apart."""
    try:
        stored = row.api_key
    except SecretUnreadable as error:
        return {"key_problem": str(error)}
    given = engines.ENGINES[engines.DEFAULT].from_environment()
    from_environment = bool(given.api_key) and row.base_url in ("", given.base_url)
    return {
        "stored_key_ends": stored[-4:] if len(stored) >= 12 else "",
        "has_stored_key": bool(stored),
        "key_from_environment": from_environment and not stored,
        "default_address": given.base_url or "https://api.tavily.com",
    }


urlpatterns: list[URLPattern] = [path("admin/search/", search, name="panel_search")]
