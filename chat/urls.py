"""Addresses of the chat page."""

from django.urls import path

from chat import assistant_pages
from chat.sandbox import sandbox
from chat.sharing import pages
from chat.views import chat_page

urlpatterns = [
    path("", chat_page, name="chat_home"),
    path("c/<uuid:chat_id>/", chat_page, name="chat"),
    path("sandbox/", sandbox, name="sandbox"),
    path("s/<str:token>/", pages.shared, name="shared"),
    path("s/<str:token>/copy/", pages.copy, name="shared_copy"),
    path("assistants/", assistant_pages.assistants, name="assistants"),
    path("assistants/new/", assistant_pages.new_assistant, name="assistant_new"),
    path("assistants/<uuid:assistant_id>/", assistant_pages.assistant, name="assistant"),
    path("assistants/<uuid:assistant_id>/delete/", assistant_pages.delete_assistant, name="assistant_delete"),
    path("assistants/<uuid:assistant_id>/picture", assistant_pages.picture, name="assistant_picture"),
]
