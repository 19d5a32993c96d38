"""Addresses of the chat page."""

from django.urls import path

from chat import assistant_pages
from chat.exporting.pages import print_chat
from chat.importing.pages import import_chats, import_trial
from chat.prompts import pages as prompt_pages
from chat.sandbox import sandbox
from chat.sharing import pages
from chat.views import chat_page
from chat.voice.pages import keep_voice

urlpatterns = [
    path("", chat_page, name="chat_home"),
    path("c/<uuid:chat_id>/", chat_page, name="chat"),
    path("c/<uuid:chat_id>/print/", print_chat, name="chat_print"),
    path("account/voice/", keep_voice, name="account_voice"),
    path("sandbox/", sandbox, name="sandbox"),
    path("import/", import_chats, name="chat_import"),
    path("import/<uuid:import_id>/", import_trial, name="chat_import_trial"),
    path("s/<str:token>/", pages.shared, name="shared"),
    path("s/<str:token>/copy/", pages.copy, name="shared_copy"),
    path("assistants/", assistant_pages.assistants, name="assistants"),
    path("assistants/new/", assistant_pages.new_assistant, name="assistant_new"),
    path("assistants/<uuid:assistant_id>/", assistant_pages.assistant, name="assistant"),
    path("assistants/<uuid:assistant_id>/delete/", assistant_pages.delete_assistant, name="assistant_delete"),
    path("prompts/", prompt_pages.prompts, name="prompts"),
    path("prompts/new/", prompt_pages.new_prompt, name="prompt_new"),
    path("prompts/<uuid:prompt_id>/", prompt_pages.prompt, name="prompt"),
    path("prompts/<uuid:prompt_id>/delete/", prompt_pages.delete_prompt, name="prompt_delete"),
    path("prompts/<uuid:prompt_id>/versions/<int:version_id>/", prompt_pages.restore_prompt, name="prompt_restore"),
    path("assistants/<uuid:assistant_id>/picture", assistant_pages.picture, name="assistant_picture"),
]
