"""`{% look %}` and `{% look_choices %}`: how this browser wants pages drawn, by cookies: the first paint is right."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

register = template.Library()

# Each is a cookie and a `data-` attribute of the page; the first value is what no cookie means.
_SIZE = {"normal": _("Normal"), "small": _("Small"), "large": _("Large"), "largest": _("Largest")}
_DENSITY = {"roomy": _("Roomy"), "compact": _("Compact")}
_ACCENT = {"pine": _("Pine"), "sea": _("Sea"), "plum": _("Plum"), "clay": _("Clay")}
_ENTER = {"sends": _("sends"), "breaks": _("starts a new line")}
_NOTIFY = {"off": _("Off"), "on": _("On")}
_LOOKS: Mapping[str, Mapping[str, str | Promise]] = {
    "theme": {"system": _("Like the system"), "light": _("Light"), "dark": _("Dark")},
    "size": _SIZE,
    "density": _DENSITY,
    "accent": _ACCENT,
    "enter": _ENTER,
    "notify": _NOTIFY,
}
_WORDS: Mapping[str, str | Promise] = {
    "theme": _("Theme"),
    "size": _("Size of text"),
    "density": _("Spacing"),
    "accent": _("Colour"),
    "enter": _("Enter"),
    "notify": _("Tell me when an answer is there and I look elsewhere"),
}


@register.simple_tag(takes_context=True)
def look(context: Mapping[str, Any]) -> SafeString:
    """The attributes of <html>, without what is as usual."""
    chosen = ((name, _chosen(context.get("request"), name)) for name in _LOOKS)
    return format_html_join("", ' data-{}="{}"', ((name, value) for name, value in chosen if value != _usual(name)))


@register.inclusion_tag("_look_choices.html", takes_context=True)
def look_choices(context: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A row of buttons of which one is pressed."""
    chosen = _chosen(context.get("request"), name)
    values = [(value, words, value == chosen) for value, words in _LOOKS[name].items()]
    return {"name": name, "words": _WORDS[name], "values": values}


def _chosen(request: HttpRequest | None, name: str) -> str:
    value = request.COOKIES.get(name, "") if request else ""
    return value if value in _LOOKS[name] else _usual(name)


def _usual(name: str) -> str:
    return next(iter(_LOOKS[name]))
