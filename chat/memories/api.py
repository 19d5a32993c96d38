"""/api/memories: what is remembered of the person who asks, and whether models are told."""

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from chat.memories import keeping
from chat.memories.keeping import NotKept
from chat.models import Memory

router = Router(tags=["memories"])


class Line(Schema):
    text: str = Field(max_length=2000)


class Switch(Schema):
    on: bool


@router.get("/memories")
def list_memories(request: HttpRequest) -> dict[str, Any]:
    """`on`: whether they are told to models."""
    rows = Memory.objects.filter(person=request.auth)  # type: ignore[attr-defined]
    return {"on": request.auth.memory_on, "memories": [_to_wire(row) for row in rows]}  # type: ignore[attr-defined]


@router.put("/memories")
def switch_memories(request: HttpRequest, body: Switch) -> dict[str, Any]:
    keeping.switch(request.auth, body.on)  # type: ignore[attr-defined]
    return list_memories(request)


@router.post("/memories", response={201: dict[str, Any]})
def remember(request: HttpRequest, body: Line) -> Status[dict[str, Any]]:
    """One line of plain text, of 300 characters at most; 422 with a sentence when it cannot be kept."""
    try:
        return Status(201, _to_wire(keeping.keep(request.auth, body.text)))  # type: ignore[attr-defined]
    except NotKept as why:
        raise HttpError(422, str(why)) from None


@router.delete("/memories/{int:memory_id}", response={204: None})
def forget(request: HttpRequest, memory_id: int) -> Status[None]:
    row = Memory.objects.filter(person=request.auth, pk=memory_id).first()  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    keeping.forget(request.auth, row)  # type: ignore[attr-defined]
    return Status(204, None)


def _to_wire(row: Memory) -> dict[str, Any]:
    return {"id": row.pk, "text": row.text, "created_at": row.created_at.isoformat()}
