"""The passages of an answer that is asked for again as it was then. Synchronous."""

from chat.models import Message
from chat.sight import open_sources
from knowledge.passages import Passage

# In `Message.params`: {"of": the answer that is asked for again, "looked": where passages were looked for then}.
REPLAY = "replay"


def replayed(reply: Message) -> list[Passage]:
    """What stood before the model then, as far as its reader may see it now; nothing, and no query, for all others."""
    noted = reply.params.get(REPLAY)
    then = Message.objects.filter(pk=noted["of"], conversation=reply.conversation_id).first() if noted else None
    if then is None:
        return []
    open_sources(reply.conversation.owner, [then])
    return [source.passage() for source in then.sources.all() if not source.is_shut and source.text]
