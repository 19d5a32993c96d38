"""Addresses of the chat page."""

from django.urls import path

from chat import assistant_pages
from chat.arena import pages as arena_pages
from chat.bundle import pages as bundle_pages
from chat.comparisons import pages as comparison_pages
from chat.exporting.pages import print_chat
from chat.gateway.picture_links import made_picture
from chat.importing.pages import import_chats, import_trial
from chat.memories.pages import memories
from chat.notes import pages as note_pages
from chat.prompts import pages as prompt_pages
from chat.sandbox import sandbox
from chat.sharing import pages
from chat.tools import sign_in
from chat.views import chat_page
from chat.voice.pages import keep_voice

urlpatterns = [
    path("", chat_page, name="chat_home"),
    path("c/<uuid:chat_id>/", chat_page, name="chat"),
    path("c/<uuid:chat_id>/reproduce/", bundle_pages.reproduce, name="chat_reproduce"),
    path("c/<uuid:chat_id>/reproduce/<int:message_id>/", bundle_pages.replay, name="chat_replay"),
    path("c/<uuid:chat_id>/print/", print_chat, name="chat_print"),
    path("account/voice/", keep_voice, name="account_voice"),
    path("sandbox/", sandbox, name="sandbox"),
    path("import/", import_chats, name="chat_import"),
    path("import/<uuid:import_id>/", import_trial, name="chat_import_trial"),
    path("s/<str:token>/", pages.shared, name="shared"),
    path("s/<str:token>/copy/", pages.copy, name="shared_copy"),
    path("account/memories/", memories, name="memories"),
    path("assistants/", assistant_pages.assistants, name="assistants"),
    path("assistants/new/", assistant_pages.new_assistant, name="assistant_new"),
    path("assistants/<uuid:assistant_id>/", assistant_pages.assistant, name="assistant"),
    path("assistants/<uuid:assistant_id>/delete/", assistant_pages.delete_assistant, name="assistant_delete"),
    path("pictures/<str:token>/", made_picture, name="made_picture"),
    path("tools/<uuid:server_id>/sign-in/", sign_in.sign_in, name="tool_sign_in"),
    path("tools/sign-in/done/", sign_in.signed_in, name="tool_signed_in"),
    path("prompts/", prompt_pages.prompts, name="prompts"),
    path("prompts/new/", prompt_pages.new_prompt, name="prompt_new"),
    path("prompts/<uuid:prompt_id>/", prompt_pages.prompt, name="prompt"),
    path("prompts/<uuid:prompt_id>/delete/", prompt_pages.delete_prompt, name="prompt_delete"),
    path("prompts/<uuid:prompt_id>/versions/<int:version_id>/", prompt_pages.restore_prompt, name="prompt_restore"),
    path("arena/", arena_pages.arena, name="arena"),
    path("arena/board/", arena_pages.board, name="arena_board"),
    path("arena/votes/", arena_pages.export, name="arena_export"),
    path("arena/<uuid:duel_id>/", arena_pages.duel, name="duel"),
    path("arena/<uuid:duel_id>/state/", arena_pages.duel_state, name="duel_state"),
    path("arena/<uuid:duel_id>/vote/", arena_pages.vote, name="duel_vote"),
    path("arena/<uuid:duel_id>/chat/", arena_pages.go_on, name="duel_chat"),
    path("comparisons/", comparison_pages.comparisons, name="comparisons"),
    path("comparisons/judged/", comparison_pages.export, name="comparisons_export"),
    path("comparisons/<uuid:comparison_id>/", comparison_pages.comparison, name="comparison"),
    path("comparisons/<uuid:comparison_id>/delete/", comparison_pages.delete_comparison, name="comparison_delete"),
    path("notes/", note_pages.notes, name="notes"),
    path("notes/new/", note_pages.new_note, name="note_add"),
    path("notes/<uuid:note_id>/", note_pages.note, name="note"),
    path("notes/<uuid:note_id>/ask/", note_pages.ask_about_note, name="note_ask"),
    path("notes/<uuid:note_id>/delete/", note_pages.delete_note, name="note_delete"),
    path("notes/<uuid:note_id>/library/", note_pages.put_note, name="note_put"),
    path("assistants/<uuid:assistant_id>/picture", assistant_pages.picture, name="assistant_picture"),
]
