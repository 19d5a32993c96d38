"""`{{ n|figure }}` for every page, and `{% usage_query days=… %}` for the page of usage."""

from urllib.parse import urlencode

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def figure(number: int) -> str:
    """With commas between the thousands, as everywhere in the panel."""
    return f"{number:,}"


@register.simple_tag
def usage_query(**values: object) -> SafeString:
    """The part of an address after its question mark; what is empty is left out."""
    return mark_safe(urlencode({name: value for name, value in values.items() if value}).replace("&", "&amp;"))  # noqa: S308
