"""{% request_id %}: by which an administrator finds in the log what somebody reports."""

from django import template

from webui.request_ids import current

register = template.Library()


@register.simple_tag
def request_id() -> str:
    return current()
