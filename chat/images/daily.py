"""Pictures of a person in a day, counted where all processes see it: taken before the drawing, given back if not made.

A single statement takes them or does not, so no two drawings at once can go beyond a limit. What a process had taken
when it died stays taken until midnight. Raises `CommandRejected`.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from chat.database import in_database
from chat.refusal import CommandRejected
from providers import meters
from providers.models import ImageServer, PictureCount


@dataclass(slots=True, kw_only=True)
class Held:
    """What was taken for one drawing; `made` is counted by whoever draws."""

    count: int
    day: date
    made: int = 0


@asynccontextmanager
async def held(user: Any, server: ImageServer, count: int) -> AsyncGenerator[Held, None]:
    """So many pictures of today, for as long as they are drawn."""
    mine = await in_database(take, int(user.pk), server, count)
    try:
        yield mine
    finally:
        await asyncio.shield(in_database(give_back, int(user.pk), server, mine))


def had(user_id: int, server: ImageServer) -> int:
    """Pictures of this person by this server since midnight, with those that are being drawn."""
    rows = PictureCount.objects.filter(user=user_id, server=server, day=meters.today())
    return rows.values_list("pictures", flat=True).first() or 0


def take(user_id: int, server: ImageServer, count: int) -> Held:
    day = meters.today()
    mine = PictureCount.objects.filter(user=user_id, server=server)
    with transaction.atomic():
        mine.exclude(day=day).update(day=day, pictures=0)
        PictureCount.objects.get_or_create(user_id=user_id, server=server, defaults={"day": day})
        free = mine if server.daily is None else mine.filter(pictures__lte=server.daily - count)
        if not free.update(pictures=F("pictures") + count):
            raise used_up(server)
    return Held(count=count, day=day)


def give_back(user_id: int, server: ImageServer, mine: Held) -> None:
    rest = max(mine.count - mine.made, 0)
    rows = PictureCount.objects.filter(user=user_id, server=server, day=mine.day, pictures__gte=rest)
    if rest:
        rows.update(pictures=F("pictures") - rest)


def used_up(server: ImageServer) -> CommandRejected:
    return CommandRejected(
        _("You have had the %(most)s pictures of “%(server)s” that you may have in a day. More tomorrow.")
        % {"server": server.name, "most": server.daily},
        code="over_budget",
    )
