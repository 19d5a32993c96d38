"""Reading chats of others: the switch that everybody sees, and, while it is on, chats to be read and not changed."""

import uuid
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chat.exporting import page
from chat.models import Conversation
from chat.reading import readable, reads_others
from webui.accounts.fresh import fresh_sign_in_required
from webui.accounts.models import User
from webui.audit.entries import record
from webui.audit.models import Entry
from webui.audit.reading import ReadingRule
from webui.panel.base import administrator_required

A_PAGE = 50


class RuleForm(forms.ModelForm):
    """On only with a reason, as everybody reads it."""

    class Meta:
        model = ReadingRule
        fields = ("administrators", "why")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("administrators") and not cleaned.get("why"):
            self.add_error("why", _("Say why: everybody is told that administrators may read chats, and reads this."))
        return cleaned


@administrator_required
@fresh_sign_in_required
def reading(request: HttpRequest) -> HttpResponse:
    form = RuleForm(request.POST or None, instance=ReadingRule.row())
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("panel_reading")
    looks = Entry.objects.filter(action="chat read")
    context = {"section": "people", "form": form, "on": ReadingRule.row().administrators, "looks": looks.count()}
    return render(request, "panel/reading.html", context)


@administrator_required
@require_safe
def chats_of(request: HttpRequest, pk: int) -> HttpResponse:
    """Titles are words of the person too: looking through them is written down like looking into one."""
    if not reads_others(cast(User, request.user)):
        raise Http404
    person = get_object_or_404(User, pk=pk)
    record("chats listed", person)
    found = Conversation.objects.filter(owner=person).order_by("-updated_at")
    rows = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "panel/reading_chats.html", {"section": "people", "person": person, "page": rows})


@administrator_required
@require_safe
def chat(request: HttpRequest, chat_id: uuid.UUID) -> HttpResponse:
    found = readable(cast(User, request.user), chat_id)
    if found is None:
        raise Http404
    context = {"section": "people", "chat": found, "messages_shown": page.messages_shown(found)}
    return render(request, "panel/reading_chat.html", context)


urlpatterns: list[URLPattern] = [
    path("admin/reading/", reading, name="panel_reading"),
    path("admin/reading/<uuid:chat_id>/", chat, name="panel_chat"),
    path("admin/people/<int:pk>/chats/", chats_of, name="panel_person_chats"),
]
