"""`{% memories %}`: the account page's list of what is remembered of whoever looks."""

from collections.abc import Mapping
from typing import Any

from django import template

from chat.models import Memory
from chat.models.memory import LONGEST, MOST

register = template.Library()


@register.inclusion_tag("accounts/_memories.html", takes_context=True)
def memories(context: Mapping[str, Any]) -> dict[str, Any]:
    user = context["request"].user
    rows = list(Memory.objects.filter(person=user.pk)) if user.is_authenticated else []
    return {"rows": rows, "user": user, "longest": LONGEST, "most": MOST, "csrf_token": context.get("csrf_token")}
