"""`{{ model|abilities }}` and `{{ names|ability_words }}`: what a model can do, in words."""

from collections.abc import Iterable

from django import template
from django.utils.translation import gettext_lazy as _

from providers.models import Model

register = template.Library()
_WORDS = {"vision": _("sees pictures"), "tools": _("uses tools"), "thinking": _("thinks before it answers")}
_KINDS = {"completion", "embedding"}  # which are said already


@register.filter
def abilities(model: Model) -> list[str]:
    """As an administrator said, else as the server did; words of the server's own last."""
    return ability_words(model.abilities)


@register.filter
def ability_words(names: Iterable[str]) -> list[str]:
    """The same of the names alone."""
    found = set(names) - _KINDS
    return [str(word) for name, word in _WORDS.items() if name in found] + sorted(found - _WORDS.keys())
