"""Links to chats: who may open them, and how many there are."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from chat.models import SharingRule
from chat.sharing import door
from webui.panel.base import administrator_required


class ReadersForm(forms.ModelForm):
    """Who may open a link to a chat."""

    class Meta:
        model = SharingRule
        fields = ["readers"]
        widgets = {"readers": forms.RadioSelect}


@administrator_required
def chat_sharing(request: HttpRequest) -> HttpResponse:
    form = ReadersForm(request.POST or None, instance=SharingRule.objects.first() or SharingRule())
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("panel_chat_sharing")
    context = {"section": "assistants", "form": form, "links": door.good().count()}
    return render(request, "panel/chat_sharing.html", context)


urlpatterns: list[URLPattern] = [path("admin/chat-sharing/", chat_sharing, name="panel_chat_sharing")]
