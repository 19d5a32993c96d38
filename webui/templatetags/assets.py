"""`{% asset "chat" %}`, `{% catalogue %}` and `{% icon "send" %}` for the page templates."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from webui import assets

register = template.Library()


@register.simple_tag
def asset(name: str) -> SafeString:
    """Style sheet, preloads and script of static/src/entries/NAME.ts."""
    entry = assets.entry(name)
    sheet = format_html('<link rel="stylesheet" href="{}">', _address(entry.css)) if entry.css else SafeString()
    preloads = format_html_join(
        "", '<link rel="modulepreload" href="{}">', ((_address(part),) for part in entry.imports)
    )
    return sheet + preloads + format_html('<script type="module" src="{}"></script>', _address(entry.script))


@register.simple_tag
def catalogue() -> SafeString:
    """The translations that the scripts of this page read; nothing in English."""
    texts = assets.catalogue(get_language() or "en")
    return json_script(texts, "catalogue") if texts else SafeString()


@register.simple_tag
def icon(name: str) -> SafeString:
    """One drawing of static/src/icons.json, inline and hidden from screen readers: the words beside it speak."""
    drawing = mark_safe(assets.icons()[name])  # noqa: S308  our own file, no one else's text
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', drawing)


def _address(name: str) -> str:
    return static(f"dist/{name}")
