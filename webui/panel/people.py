"""People: who waits for approval, who may sign in, who administers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from webui.panel.base import administrator_required


@administrator_required
def people(request: HttpRequest) -> HttpResponse:
    return render(request, "panel/people.html", {"section": "people"})


urlpatterns: list[URLPattern] = [path("admin/people/", people, name="panel_people")]
