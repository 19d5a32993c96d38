"""Who may read a shared chat, and what of it. The one place that decides it: page, copy and lists ask here."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.utils import timezone

from chat.models import Message, ShareLink, SharingRule
from chat.sight import open_sources
from chat.tree import path_to

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from webui.accounts.models import User

MOST = 200  # links of one person that are good at once
MOST_MESSAGES = 2000
LONGEST = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What a reader gets: the link, and the messages of its path, oldest first."""

    link: ShareLink
    messages: list[Message]


def is_allowed() -> bool:
    """Whether chats may be shared here at all."""
    return SharingRule.now() != SharingRule.Readers.NOBODY


def good() -> "QuerySet[ShareLink]":
    """Links that lead somewhere: not run out, of somebody who may still sign in."""
    lasting = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return ShareLink.objects.filter(lasting, conversation__owner__is_active=True)


def of_person(user: "User") -> "QuerySet[ShareLink]":
    """A person's own links, also those that have run out."""
    return ShareLink.objects.filter(conversation__owner=user).select_related("conversation")


def opened(reader: "User | AnonymousUser", token: str) -> Shared | None:
    """What stands behind a link, for this reader; None is all the same whether there is no such link or it is shut."""
    readers = SharingRule.now()
    if readers == SharingRule.Readers.NOBODY or (readers == SharingRule.Readers.PEOPLE and not reader.is_active):
        return None
    link = good().select_related("conversation__owner", "leaf").filter(token=token).first()
    if link is None:
        return None
    ids = path_to(link.leaf)[:MOST_MESSAGES]
    rows = Message.objects.filter(pk__in=ids).exclude(state=Message.State.RUNNING).order_by("pk")
    messages = list(rows.select_related("model", "assistant"))
    if link.passages:
        open_sources(link.conversation.owner, messages)
    return Shared(link=link, messages=messages)
