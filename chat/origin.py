"""How a message came to be, beside the asking: with others, wished shorter, merged, edited. Pure.

It stands in `Message.params`, which is read with the message anyway; a plain answer notes nothing.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chat.models import Message

GROUP = "group"  # the same for all answers that were asked for together
KEPT = "kept"  # the one of them with which the chat goes on
WISH = "wish"  # what was asked of this answer alone: {"kind", "words"}
SOURCES = "sources"  # where it was asked with others than the answer beside it: {"libraries": bool, "web": bool}
MERGED = "merged"  # the answers it was written out of: [{"id", "name"}]
PICTURE = "image"  # it is a picture, and how that was ordered (chat/images/wish.py)
EDITED = "edited"  # {"by": name, "of": the version it was made from}
TOOLS = "tools"  # ids of the tools that it might use
_ALL = (GROUP, KEPT, WISH, SOURCES, MERGED, PICTURE, EDITED, TOOLS)


def origin_of(params: Mapping[str, Any]) -> dict[str, Any]:
    """As it goes to the page and the API: what there is of it."""
    return {name: params[name] for name in _ALL if params.get(name)}


def replied(reply: "Message") -> dict[str, Any]:
    """An answer that is about to come, as the page that asked is told of it."""
    origin = origin_of(reply.params)
    return {"message": reply.pk, "model": reply.model_name} | ({"origin": origin} if origin else {})


BESIDE = {MERGED, TOOLS, "memories", "replay"}  # what has the database asked before the model is
