"""What must be true of all stored chats at any moment, whatever was killed, raced or deleted before."""

from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from chat.heartbeat import SILENT
from chat.models import Conversation, Message, Process

REAPED = timedelta(seconds=SILENT + 4)  # from the last sign of life of a process to the end of its answers, with slack


def broken() -> list[str]:
    """Everything that is not as it must be, a sentence each."""
    found = []
    messages = {message.pk: message for message in Message.objects.prefetch_related("sources")}
    for message in messages.values():
        found += _misplaced(message, messages)
        found += _ill_ended(message)
        found += _ill_counted(message)
    return found + _doubled() + _orphaned() + _wrongly_shown(messages)


def _misplaced(message: Message, messages: dict[int, Message]) -> list[str]:
    found = []
    parent = messages.get(message.parent_id)
    if message.parent_id and parent is None:
        return [f"{message} stands under a message that is not there"]
    if parent and parent.conversation_id != message.conversation_id:
        found.append(f"{message} stands under a message of another chat")
    if parent and parent.role == message.role and message.writer:
        found.append(f"{message} stands under another {parent.role}'s")
    if parent is None and message.role != Message.Role.USER and not _is_imported(message):
        found.append(f"{message} is an answer to nothing")
    above, seen = message, set()
    while above is not None and above.pk not in seen:
        seen.add(above.pk)
        above = messages.get(above.parent_id)
    if above is not None:
        found.append(f"{message} stands under itself")
    return found


def _ill_ended(message: Message) -> list[str]:
    state, states = message.state, Message.State
    if message.role == Message.Role.USER:
        whole = state == states.COMPLETE and message.text.strip() and not message.trail and message.author_id
        return [] if whole else [f"{message} is no whole question"]
    if _is_imported(message):
        return []
    if state in (states.FAILED, states.INTERRUPTED):
        whole = message.error_code and message.failure["detail"]
        return [] if whole else [f"{message} is {state} without a reason"]
    if message.error_code:
        return [f"{message} is {state} and has an error"]
    if state == states.COMPLETE and not (message.text or message.reasoning):
        return [f"{message} is complete and empty"]
    return []


def _ill_counted(message: Message) -> list[str]:
    found = []
    sizes = [item for item in message.trail if isinstance(item, int)]
    if message.role == Message.Role.ASSISTANT:
        if sum(size for size in sizes if size > 0) != len(message.text):
            found.append(f"{message}: the pieces are not the text")
        if -sum(size for size in sizes if size < 0) != len(message.reasoning):
            found.append(f"{message}: the pieces are not the reasoning")
    if message.writer and message.seq != len(message.trail) + (message.state != Message.State.RUNNING):
        found.append(f"{message}: frame {message.seq} is not the last of {len(message.trail)} ({message.state})")
    numbers = [source.n for source in message.sources.all()]
    if numbers != list(range(1, len(numbers) + 1)):
        found.append(f"{message}: the sources are numbered {numbers}")
    if numbers and message.role != Message.Role.ASSISTANT:
        found.append(f"{message}: a question has sources")
    return found


def _doubled() -> list[str]:
    doubled = (
        Message.objects.exclude(client_id=None).values("author", "client_id").annotate(n=Count("id")).filter(n__gt=1)
    )
    return [f"{row['n']} messages of person {row['author']} are {row['client_id']}" for row in doubled]


def _orphaned() -> list[str]:
    living = set(Process.objects.filter(beat_at__gte=timezone.now() - REAPED).values_list("pk", flat=True))
    running = Message.objects.filter(state=Message.State.RUNNING)
    return [f"{message} runs, and nobody writes it" for message in running if message.writer not in living]


def _wrongly_shown(messages: dict[int, Message]) -> list[str]:
    parents = {message.parent_id for message in messages.values()}
    found = []
    for chat in Conversation.objects.exclude(active=None):
        if chat.active_id in parents:
            found.append(f"chat {chat.pk} shows a message that is not the end of its branch")
        if messages[chat.active_id].conversation_id != chat.pk:
            found.append(f"chat {chat.pk} shows a message of another chat")
    return found


def _is_imported(message: Message) -> bool:
    return message.role == Message.Role.ASSISTANT and message.writer is None
