"""What is asked of an answer that is there: another one beside it, or its continuation. Raises `CommandRejected`."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from chat import heartbeat, merging, rows, spending
from chat.asking import Asked, CommandRejected, chosen_libraries, models_to_ask
from chat.attachments import sending
from chat.commands import Continue, Regenerate
from chat.finding.catching_up import changed
from chat.images import ordering
from chat.images.wish import IMAGE, Order
from chat.memories import telling
from chat.models import Message
from chat.origin import TOOLS
from chat.replies import empty_replies, join, note_sources, note_tools, running_now
from chat.sight import open_sources
from knowledge.models import Library

if TYPE_CHECKING:
    from webui.accounts.models import User


def ask_again(user: "User", command: Regenerate) -> Asked:
    """A new reply beside an earlier one."""
    message = visible_message(user, command.message)
    question = message if message.role == Message.Role.USER else message.parent
    if question is None:
        raise CommandRejected(_("This answer has no question that could be asked again."))
    conversation = message.conversation
    if IMAGE in message.params:
        return _draw_again(user, question, message)
    files = sending.of_message(question.pk) if conversation.has_files else []
    judged = models_to_ask(user, command.models or [message.model_name], conversation, files=files)
    if command.libraries is not None:
        libraries = chosen_libraries(user, command.libraries)
    else:
        libraries = list(Library.objects.visible_to(user).filter(pk__in=conversation.libraries.values("pk")))
    web_search = conversation.web_search if command.web_search is None else command.web_search
    replies = empty_replies(question, judged, libraries, web_search, {**conversation.params, **command.params})
    note_tools(replies, message.params.get(TOOLS, ()) if command.tools is None else command.tools)
    telling.note(user, replies)
    if not command.merge:
        note_sources(replies, message)
    if command.wish or command.merge:
        merging.note(replies, message, command)
    else:
        join(replies, message)
    with transaction.atomic():
        heartbeat.beat()
        _claim(user, [reply for reply in replies if reply.state == Message.State.RUNNING])
        rows.insert(replies)
        rows.show([(conversation, replies[0].pk)])
    return Asked(user=user, conversation=conversation, question=question, replies=replies)


def _draw_again(user: "User", question: Message, message: Message) -> Asked:
    """Another picture beside that one, as it was asked for and with another seed."""
    wish = Order.from_params(message.params[IMAGE]).as_wish()
    _server, order = ordering.judged(user, wish, question.text)
    reply = ordering.reply_to(question, order)
    with transaction.atomic():
        heartbeat.beat()
        _claim(user, [reply])
        rows.insert([reply])
        rows.show([(message.conversation, reply.pk)])
    return Asked(user=user, conversation=message.conversation, question=question, replies=[reply])


def go_on(user: "User", command: Continue) -> Asked:
    """The same reply, running again from where it was cut."""
    reply = visible_message(user, command.message)
    ended = (Message.State.COMPLETE, Message.State.STOPPED, Message.State.INTERRUPTED, Message.State.FAILED)
    if reply.role != Message.Role.ASSISTANT or reply.parent is None or not reply.text.strip():
        raise CommandRejected(_("There is no text here that could be continued."))
    if reply.children.exists():
        raise CommandRejected(_("This answer has been replied to already. Ask for what is missing instead."))
    open_sources(user, [reply])
    record = reply.record()
    models_to_ask(user, [reply.model_name], reply.conversation).choices[0].write_into(reply)
    by = {"model": reply.model, "assistant": reply.assistant, "model_digest": reply.model_digest}
    with transaction.atomic():
        heartbeat.beat()
        # Once, however often it is asked for: the second finds it running.
        if not Message.objects.filter(pk=reply.pk, state__in=ended).update(**running_now(), **by):
            raise CommandRejected(_("This answer is being written already."), code="busy", retryable=True)
        _claim(user, [reply])
        changed(reply.conversation_id)
    reply.state = Message.State.RUNNING
    return Asked(
        user=user,
        conversation=reply.conversation,
        question=reply.parent,
        replies=[reply],
        begun=record,
        after=record.seq,
    )


def _claim(user: "User", replies: list[Message]) -> None:
    if refusal := spending.claim_all([(user, replies)])[0]:
        raise CommandRejected(str(refusal), code=refusal.code, retryable=True)


def visible_message(user: "User", message_id: int) -> Message:
    """The message, or `CommandRejected` when there is none that this person may see."""
    found = (
        Message.objects.visible_to(user).select_related("conversation", "parent__parent").filter(pk=message_id).first()
    )
    if found is None:
        raise CommandRejected(_("There is no such message."))
    return found
