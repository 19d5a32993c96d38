"""Addresses of the chat page."""

from django.urls import path

from chat.views import chat_page

urlpatterns = [
    path("", chat_page, name="chat_home"),
    path("c/<uuid:chat_id>/", chat_page, name="chat"),
]
