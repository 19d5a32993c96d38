"""/knowledge/…"""

from django.urls import path

from knowledge import sharing_pages, views

urlpatterns = [
    path("", views.libraries, name="libraries"),
    path("<uuid:library_id>/", views.library, name="library"),
    path("<uuid:library_id>/name/", views.rename, name="library_rename"),
    path("<uuid:library_id>/delete/", views.delete, name="library_delete"),
    path("<uuid:library_id>/share/", sharing_pages.share, name="library_share"),
    path("<uuid:library_id>/share/<int:share_id>/remove/", sharing_pages.unshare, name="library_unshare"),
    path("<uuid:library_id>/documents/<uuid:document_id>/", views.document, name="document"),
    path("<uuid:library_id>/documents/<uuid:document_id>/delete/", views.delete_document, name="document_delete"),
    path("<uuid:library_id>/documents/<uuid:document_id>/retry/", views.retry_document, name="document_retry"),
    path("documents/<uuid:document_id>/", views.find_document, name="document_anywhere"),
]
