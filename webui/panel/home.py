"""The administration's first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from webui.panel.base import administrator_required


@administrator_required
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "panel/home.html", {"section": "home"})


urlpatterns: list[URLPattern] = [path("admin/", home, name="panel_home")]
