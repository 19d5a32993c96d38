"""`{% if user|opens:"panel_people" %}`: whether a page of the administration is there for this person."""

from typing import Any

from django import template

from webui.panel import parts

register = template.Library()


@register.filter
def opens(person: Any, page: str) -> bool:
    return parts.opens(person, page)
