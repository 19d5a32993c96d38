"""A section of the administration that has no pages yet."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
