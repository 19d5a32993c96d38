"""Stores a question and its empty replies, once per `client_id`. Raises `CommandRejected`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.commands import Regenerate, Send
from chat.models import Conversation, Message
from knowledge.models import Library
from providers.access import ModelNotAllowed, allowed_model, models_for
from providers.models import Model

if TYPE_CHECKING:
    from webui.accounts.models import User


class CommandRejected(Exception):
    """A command that cannot be obeyed, with a sentence for the person."""

    def __init__(self, detail: str, *, code: str = "not_found", retryable: bool = False) -> None:
        super().__init__(detail)
        self.code = code
        self.retryable = retryable


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A stored question. `fresh` is False when the same `client_id` was stored before: nothing is to be started."""

    conversation: Conversation
    question: Message
    replies: Sequence[Message]
    fresh: bool = True


def ask(user: "User", command: Send) -> Asked:
    """Store what was sent. A resend returns what the first one stored."""
    if known := _already_asked(user, command):
        return known
    models = _models(user, command.models, command.chat)
    libraries = _libraries(user, command.libraries)
    try:
        with transaction.atomic():
            return _store(user, command, models, libraries)
    except IntegrityError:
        # Two sends of the same client_id at the same moment: the other one was stored.
        if known := _already_asked(user, command):
            return known
        raise


def ask_again(user: "User", command: Regenerate) -> Asked:
    """A new reply beside an earlier one."""
    message = _message(user, command.message)
    question = message if message.role == Message.Role.USER else message.parent
    if question is None:
        raise CommandRejected(_("This answer has no question that could be asked again."))
    conversation = message.conversation
    wanted = command.models or ([message.model_name] if message.model_name else [])
    models = _models(user, wanted, conversation.id)
    if command.libraries is not None:
        libraries = _libraries(user, command.libraries)
    else:
        libraries = list(Library.objects.visible_to(user).filter(pk__in=conversation.libraries.values("pk")))
    with transaction.atomic():
        web_search = conversation.web_search if command.web_search is None else command.web_search
        replies = _empty_replies(question, models, libraries, web_search, command.params)
        conversation.show(replies[0])
    return Asked(conversation=conversation, question=question, replies=replies)


def visible_message(user: "User", message_id: int) -> Message:
    """The message, or `CommandRejected` when there is none that this person may see."""
    return _message(user, message_id)


def _store(user: "User", command: Send, models: Sequence[Model], libraries: Sequence[Library]) -> Asked:
    conversation, parent = _place(user, command)
    question = Message.objects.create(
        conversation=conversation,
        parent=parent,
        author=user,
        client_id=command.client_id,
        role=Message.Role.USER,
        text=command.text,
    )
    if not conversation.title:
        conversation.name_after(command.text)
    conversation.model_ids = [model.public_id for model in models]
    conversation.web_search = command.web_search
    conversation.libraries.set(libraries)
    conversation.save()
    replies = _empty_replies(question, models, libraries, command.web_search, command.params)
    conversation.show(replies[0])
    return Asked(conversation=conversation, question=question, replies=replies)


def _place(user: "User", command: Send) -> tuple[Conversation, Message | None]:
    if command.chat is None:
        return Conversation.objects.create(owner=user), None
    conversation = Conversation.objects.visible_to(user).select_for_update().filter(pk=command.chat).first()
    if conversation is None:
        raise CommandRejected(_("There is no such chat."))
    wanted = command.edits or command.parent
    if wanted is None:
        return conversation, conversation.active
    message = conversation.messages.filter(pk=wanted).first()
    if message is None:
        raise CommandRejected(_("The message to answer is not in this chat."))
    return conversation, message.parent if command.edits else message


def _empty_replies(
    question: Message,
    models: Iterable[Model],
    libraries: Sequence[Library],
    web_search: bool,
    params: dict[str, object],
) -> list[Message]:
    asked_of = {"libraries": [str(library.pk) for library in libraries], "web_search": web_search, "params": params}
    return [
        Message.objects.create(
            conversation=question.conversation,
            parent=question,
            role=Message.Role.ASSISTANT,
            state=Message.State.RUNNING,
            model=model,
            model_name=model.public_id,
            params=asked_of,
            heartbeat_at=timezone.now(),
        )
        for model in models
    ]


def _already_asked(user: "User", command: Send) -> Asked | None:
    question = Message.objects.filter(author=user, client_id=command.client_id).select_related("conversation").first()
    if question is None:
        return None
    replies = list(question.children.filter(role=Message.Role.ASSISTANT))
    return Asked(conversation=question.conversation, question=question, replies=replies, fresh=False)


def _message(user: "User", message_id: int) -> Message:
    found = Message.objects.visible_to(user).select_related("conversation", "parent").filter(pk=message_id).first()
    if found is None:
        raise CommandRejected(_("There is no such message."))
    return found


def _models(user: "User", public_ids: Sequence[str], chat: UUID | None) -> list[Model]:
    wanted = list(dict.fromkeys(public_ids)) or _usual_models(user, chat)
    if not wanted:
        raise CommandRejected(_("No model may be used yet. Ask your administrator for one."), code="not_allowed")
    try:
        return [allowed_model(user, public_id) for public_id in wanted]
    except ModelNotAllowed as refusal:
        raise CommandRejected(str(refusal), code="not_allowed") from None


def _usual_models(user: "User", chat: UUID | None) -> list[str]:
    """What the conversation used last, else the first model this person may use."""
    conversation = Conversation.objects.visible_to(user).filter(pk=chat).first() if chat else None
    if conversation and conversation.model_ids:
        return list(conversation.model_ids)
    first = models_for(user).first()
    return [first.public_id] if first else []


def _libraries(user: "User", ids: Iterable[UUID]) -> list[Library]:
    wanted = set(ids)
    found = list(Library.objects.visible_to(user).filter(pk__in=wanted))
    if len(found) != len(wanted):
        raise CommandRejected(_("One of the chosen libraries does not exist any more."))
    return found
