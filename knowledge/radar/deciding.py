"""What somebody decides about a finding: one side is superseded, or it is put away. Synchronous."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from knowledge.models import Document, Finding
from knowledge.radar.looking import mark_disputed


def supersede(old: Document, new: Document | None) -> None:
    """Nothing of it is found from now on; it stays in its library, and can be taken back."""
    with transaction.atomic():
        Document.objects.filter(pk=old.pk).update(superseded_at=timezone.now(), superseded_by=new)
        mark_disputed(_touched(old))


def take_back(document: Document) -> None:
    with transaction.atomic():
        Document.objects.filter(pk=document.pk).update(superseded_at=None, superseded_by=None)
        mark_disputed(_touched(document))


def put_away(finding: Finding) -> None:
    """It is as it should be; the same is not found again."""
    with transaction.atomic():
        Finding.objects.filter(pk=finding.pk).update(put_away_at=timezone.now())
        mark_disputed({finding.first_id, finding.second_id})


def _touched(document: Document) -> set[UUID]:
    rows = Finding.objects.filter(Q(first=document) | Q(second=document)).values_list("first_id", "second_id")
    return {pk for pair in rows for pk in pair} | {document.pk}
