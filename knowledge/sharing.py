"""Who a library is shared with: looked up, given, taken away. Synchronous. Raises `SharingRefused` with a sentence.

Asked and changed by its owner alone. A right that is taken away is gone with the next query of anybody, also of an
answer that is being prepared: nothing keeps a copy of it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Q
from django.utils.translation import gettext as _

from knowledge.models import Library, LibraryShare, Right
from webui.conf import conf

if TYPE_CHECKING:
    from webui.accounts.models import User

MOST_FOUND = 8
SHORTEST = 2  # characters of a name, before anybody is suggested
LEVELS = (Right.READ, Right.WRITE)


class SharingRefused(Exception):
    """The text is a sentence for the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody to share with. `who` is "user:7" or "group:3", as forms send it back."""

    who: str
    name: str
    about: str = ""


def candidates(owner: "User", library: Library, text: str) -> list[Candidate]:
    """People and groups whose name or address has this in it, without those who have the library already."""
    text = text.strip()
    if len(text) < SHORTEST:
        return []
    shared = library.shares
    groups = _groups(owner).filter(name__icontains=text).exclude(pk__in=shared.filter(user=None).values("group"))
    people = _people(owner, text).exclude(pk=owner.pk).exclude(pk__in=shared.filter(group=None).values("user"))
    found = [Candidate(who=f"group:{group.pk}", name=group.name) for group in groups.order_by("name")[:MOST_FOUND]]
    found += [
        Candidate(who=f"user:{person.pk}", name=person.display_name, about=person.email)
        for person in people.order_by("name", "email")[:MOST_FOUND]
    ]
    return found[:MOST_FOUND]


def share(owner: "User", library: Library, who: str, level: str) -> LibraryShare:
    """Share, or change how. `who` names somebody as `Candidate` does, or is an e-mail address."""
    if level not in LEVELS:
        raise SharingRefused(_("Choose whether they may read, or also add and remove documents."))
    given, _created = LibraryShare.objects.update_or_create(
        library=library, **_somebody(owner, who.strip()), defaults={"level": level}
    )
    return given


def share_with_everyone(library: Library, level: str) -> None:
    """`level` empty: with nobody but those who are named."""
    if level not in ("", *LEVELS):
        raise SharingRefused(_("Choose whether they may read, or also add and remove documents."))
    library.for_everyone = level
    library.save(update_fields=["for_everyone"])


def shares_of(library: Library) -> list[LibraryShare]:
    return list(library.shares.select_related("user", "group").order_by("user__email", "group__name"))


def share_to_wire(share: LibraryShare) -> dict[str, Any]:
    """{id, kind: person|group, name, email, level}; `email` is null for a group."""
    if share.group:
        return {"id": share.pk, "kind": "group", "name": share.group.name, "email": None, "level": share.level}
    person: Any = share.user
    return {
        "id": share.pk,
        "kind": "person",
        "name": person.display_name,
        "email": person.email,
        "level": share.level,
    }


def _somebody(owner: "User", who: str) -> dict[str, Any]:
    kind, _colon, key = who.partition(":")
    if kind == "group" and key.isdecimal() and len(key) < 16:
        group = _groups(owner).filter(pk=key).first()
        if group is None:
            raise SharingRefused(_("You can share with groups that you are in. Ask an administrator for others."))
        return {"group": group}
    people = get_user_model().objects.filter(is_active=True)
    by_id = kind == "user" and key.isdecimal() and len(key) < 16
    person = (people.filter(pk=key) if by_id else people.filter(email__iexact=who)).first()
    if person is None:
        raise SharingRefused(_("Nobody here is called “%(who)s”. Write their e-mail address in full.") % {"who": who})
    if person.pk == owner.pk:
        raise SharingRefused(_("This library is yours already."))
    return {"user": person}


def _groups(owner: "User") -> Any:
    return Group.objects.all() if owner.is_superuser else Group.objects.filter(pk__in=owner.groups.all())


def _people(owner: "User", text: str) -> Any:
    """Where anybody may make an account, strangers do not get to leaf through the names of the others."""
    people: Any = get_user_model()
    found = people.objects.search(text).filter(is_active=True)
    if conf.signup == "open" and not owner.is_superuser:
        known = Q(groups__in=owner.groups.all()) | Q(email__iexact=text)
        found = found.filter(known).distinct()
    return found
