"""/api/comparisons: two answers that stand side by side are kept."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from chat.comparisons import keeping
from chat.comparisons.keeping import NotKept

router = Router(tags=["comparisons"])


class Two(Schema):
    first: int = Field(gt=0, lt=2**63)
    second: int = Field(gt=0, lt=2**63)


@router.post("/comparisons", response={201: dict[str, Any]})
def keep_comparison(request: HttpRequest, body: Two) -> Status[dict[str, Any]]:
    """Two answers to one question of one's own; the same two are kept once."""
    try:
        row = keeping.keep(request.auth, body.first, body.second)  # type: ignore[attr-defined]
    except NotKept as why:
        raise HttpError(422, str(why)) from None
    return Status(201, {"id": str(row.pk), "url": f"/comparisons/{row.pk}/"})
