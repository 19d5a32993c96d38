"""/api/libraries/…/shares: who a library is shared with; for its owner alone."""

import uuid
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from knowledge import sharing
from knowledge.models import Library, Right

router = Router(tags=["libraries"])


class Share(Schema):
    """`who` is an e-mail address, or `user:ID` or `group:ID`."""

    who: str = Field(min_length=1, max_length=320)
    level: Literal["read", "write"] = "read"


class Everyone(Schema):
    level: Literal["", "read", "write"]


@router.get("/libraries/{uuid:library_id}/shares")
def list_shares(request: HttpRequest, library_id: uuid.UUID) -> dict[str, Any]:
    """`everyone` is "", "read" or "write"."""
    library = _own(request, library_id)
    shares = [sharing.share_to_wire(share) for share in sharing.shares_of(library)]
    return {"everyone": library.for_everyone, "shares": shares}


@router.post("/libraries/{uuid:library_id}/shares", response={201: dict[str, Any]})
def add_share(request: HttpRequest, library_id: uuid.UUID, body: Share) -> Status[dict[str, Any]]:
    """Share with somebody, or change what they may do."""
    library = _own(request, library_id)
    try:
        share = sharing.share(request.auth, library, body.who, body.level)  # type: ignore[attr-defined]
    except sharing.SharingRefused as refusal:
        raise HttpError(422, str(refusal)) from None
    return Status(201, sharing.share_to_wire(share))


@router.put("/libraries/{uuid:library_id}/shares/everyone")
def share_with_everyone(request: HttpRequest, library_id: uuid.UUID, body: Everyone) -> dict[str, Any]:
    """Share with everybody on this server, or with nobody but those who are named."""
    library = _own(request, library_id)
    sharing.share_with_everyone(library, body.level)
    return {"everyone": library.for_everyone}


@router.delete("/libraries/{uuid:library_id}/shares/{int:share_id}", response={204: None})
def remove_share(request: HttpRequest, library_id: uuid.UUID, share_id: int) -> Status[None]:
    """At once, also for what they are asking now."""
    share = _own(request, library_id).shares.filter(pk=share_id).first()
    if share is None:
        raise Http404
    share.delete()
    return Status(204, None)


def _own(request: HttpRequest, library_id: uuid.UUID) -> Library:
    mine = Library.objects.visible_to(request.auth, Right.OWN)  # type: ignore[attr-defined]
    library = mine.filter(pk=library_id).first()
    if library is None:
        raise Http404
    return library
