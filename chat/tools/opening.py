"""The toolbox of an answer, with the rights of this moment. Synchronous."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import get_language

from chat.models import Message, Source
from chat.origin import TOOLS
from chat.tools import approval
from chat.tools.calls import STAGE
from chat.tools.toolbox import Toolbox
from providers.tools.rights import any_server, tools_for, why_not, without_traces

if TYPE_CHECKING:
    from chat.tools.unstored import UnstoredAsks
    from providers.models import Model
    from webui.accounts.models import User


def toolbox_for(
    user: "User",
    reply: Message,
    model: "Model",
    chosen: Sequence[int],
    asks: "UnstoredAsks | None" = None,
) -> Toolbox | None:
    """What this person may use of what was chosen, with the rights of this moment. None where there is nothing to use
    and nothing to say. `asks` is that of an answer which is stored nowhere. Synchronous."""
    if not any_server():
        return None
    rows = tools_for(user).filter(pk__in=list(chosen))
    tools = list(rows if asks is None else without_traces(rows))
    if not tools:
        return None
    consents = approval.consents(reply.conversation) if asks is None else {}
    box = Toolbox(user, reply, tools, consents, language=get_language() or "en", asks=asks)
    if why := why_not(model):
        box.why_off, box.offered = why, {}
    else:
        box.earlier = asks is None and _read_before(reply)
    return box


def _read_before(reply: Message) -> bool:
    """Whether an answer of this chat has read something of strangers: passages, or what a tool gave."""
    others = Message.objects.filter(conversation=reply.conversation_id).exclude(pk=reply.pk)
    if Source.objects.filter(message__in=others).exists():
        return True
    trails = others.filter(params__has_key=TOOLS).annotate(written=Cast("trail", TextField()))
    return trails.filter(written__contains=f'["{STAGE}"').exists()
