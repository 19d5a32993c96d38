"""How a person wants to be read to, on their account page; nothing where nobody hears or speaks."""

from typing import Any

from django import template

from chat.voice import chosen
from chat.voice.pages import VoiceChoiceForm

register = template.Library()


@register.inclusion_tag("accounts/_voice.html", takes_context=True)
def voice_choices(context: dict[str, Any]) -> dict[str, Any]:
    user = context["user"]
    offered = chosen.offered(user)
    form = VoiceChoiceForm(instance=chosen.choice_of(user)) if offered else None
    return {"form": form, "offered": offered, "csrf_token": context.get("csrf_token", "")}
