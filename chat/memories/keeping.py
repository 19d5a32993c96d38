"""Memories kept, changed, forgotten, and switched on and off. Raises `NotKept` with a sentence."""

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chat.models import Memory
from chat.models.memory import LONGEST, MOST
from knowledge.web.plaintext import plain

if TYPE_CHECKING:
    from webui.accounts.models import User


class NotKept(Exception):
    """Why this is not remembered, for the person."""


def keep(user: "User", text: str) -> Memory:
    """One more line. What is there already is not kept twice."""
    line = cleaned(text)
    with transaction.atomic():
        # Whoever holds the person's row counts alone.
        get_user_model().objects.select_for_update().get(pk=user.pk)
        if known := Memory.objects.filter(person=user, text=line).first():
            return known
        if Memory.objects.filter(person=user).count() >= MOST:
            raise NotKept(
                _("At most %(most)d things are remembered. Forget one on your account page first.") % {"most": MOST}
            )
        made = Memory.objects.create(person=user, text=line)
        _count(user)
    return made


def change(memory: Memory, text: str) -> None:
    memory.text = cleaned(text)
    try:
        with transaction.atomic():
            memory.save(update_fields=["text"])
    except IntegrityError:
        raise NotKept(_("This is remembered already.")) from None


def forget(user: "User", memory: Memory | None = None) -> None:
    """One line, or all of them."""
    with transaction.atomic():
        mine = Memory.objects.filter(person=user)
        (mine if memory is None else mine.filter(pk=memory.pk)).delete()
        _count(user)


def switch(user: "User", on: bool) -> None:
    get_user_model().objects.filter(pk=user.pk).update(memory_on=on)
    user.memory_on = on


def cleaned(text: str) -> str:
    """One line of plain text: no marks of models, nothing invisible, no angle brackets. Raises `NotKept`."""
    line = " ".join(plain(text).replace("<", "‹").replace(">", "›").split())
    if not line:
        raise NotKept(_("There is nothing to remember yet. Write a few words."))
    if len(line) > LONGEST:
        raise NotKept(_("This is too long to be remembered: %(most)d characters at most.") % {"most": LONGEST})
    return line


def _count(user: "User") -> None:
    user.memory_count = Memory.objects.filter(person=user).count()
    get_user_model().objects.filter(pk=user.pk).update(memory_count=user.memory_count)
