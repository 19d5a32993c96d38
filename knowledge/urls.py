"""/knowledge/…"""

from django.urls import path

from knowledge import document_pages, sharing_pages, views
from knowledge.explaining import pages as explaining_pages
from knowledge.golden import pages as golden_pages
from knowledge.radar import pages as radar_pages

_DOCUMENT = "<uuid:library_id>/documents/<uuid:document_id>/"

urlpatterns = [
    path("", views.libraries, name="libraries"),
    path("<uuid:library_id>/", views.library, name="library"),
    path("<uuid:library_id>/search/", explaining_pages.bench_page, name="library_bench"),
    path("<uuid:library_id>/questions/", golden_pages.questions, name="library_questions"),
    path("<uuid:library_id>/questions/kept/", golden_pages.keep, name="library_questions_keep"),
    path("<uuid:library_id>/questions/csv/", golden_pages.as_csv, name="library_questions_csv"),
    path("<uuid:library_id>/questions/<int:question_id>/", golden_pages.remove, name="library_question"),
    path("<uuid:library_id>/radar/", radar_pages.radar, name="library_radar"),
    path("<uuid:library_id>/radar/<int:finding_id>/", radar_pages.decide, name="library_finding"),
    path("<uuid:library_id>/name/", views.rename, name="library_rename"),
    path("<uuid:library_id>/delete/", views.delete, name="library_delete"),
    path("<uuid:library_id>/retry/", views.retry_all, name="library_retry"),
    path("<uuid:library_id>/jobs/<int:job_number>/", views.put_job_away, name="library_job"),
    path("<uuid:library_id>/share/", sharing_pages.share, name="library_share"),
    path("<uuid:library_id>/share/<int:share_id>/remove/", sharing_pages.unshare, name="library_unshare"),
    path("<uuid:library_id>/notes/", document_pages.new_note, name="note_new"),
    path(_DOCUMENT, document_pages.document, name="document"),
    path(f"{_DOCUMENT}passages/", document_pages.passages, name="document_passages"),
    path(f"{_DOCUMENT}record/", document_pages.record, name="document_record"),
    path(f"{_DOCUMENT}note/", document_pages.edit_note, name="note_edit"),
    path(f"{_DOCUMENT}supersession/", radar_pages.take_back, name="document_supersession"),
    path(f"{_DOCUMENT}delete/", document_pages.delete_document, name="document_delete"),
    path(f"{_DOCUMENT}retry/", document_pages.retry_document, name="document_retry"),
    path(f"{_DOCUMENT}again/", explaining_pages.reread, name="document_reread"),
    path(f"{_DOCUMENT}cancel/", document_pages.cancel_document, name="document_cancel"),
    path("documents/<uuid:document_id>/", document_pages.find_document, name="document_anywhere"),
]
