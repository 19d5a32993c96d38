"""Stores questions and their empty answers, each once per `client_id`. Synchronous. Raises `CommandRejected`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from chat import assistants, heartbeat, rows, several, spending
from chat.assistants import Known
from chat.attachments import sending
from chat.commands import Send
from chat.folders import for_new_chat
from chat.images import ordering
from chat.memories import telling
from chat.models import Attachment, Conversation, Message
from chat.presence import people, person
from chat.refusal import CommandRejected as CommandRejected  # noqa: PLC0414  named here by all who ask
from chat.replies import empty_replies, note_tools
from chat.several import Judged
from knowledge.models import Library
from webui.live import Record
from webui.prepared import Prepared

if TYPE_CHECKING:
    from webui.accounts.models import User


class SignedOut(Exception):
    """Whoever sends this may not be here any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A question as it came through a person's tab."""

    user_id: int
    session_key: str
    language: str
    command: Send


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A stored question. `fresh` is False when the same `client_id` was stored before: nothing is to be started.

    `begun` is what is there of the one reply that is to be continued, up to frame number `after`.
    """

    user: "User"
    conversation: Conversation
    question: Message
    replies: Sequence[Message]
    fresh: bool = True
    begun: Record | None = None
    after: int = 0

    @property
    def running(self) -> list[Message]:
        """The replies that are to be written; the others were refused."""
        return [reply for reply in self.replies if reply.state == Message.State.RUNNING]


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A question that was checked and is about to be stored."""

    user: "User"
    command: Send
    libraries: Sequence[Library]
    conversation: Conversation
    is_new: bool
    question: Message
    replies: list[Message]
    files: Sequence[Attachment]

    def asked(self) -> Asked:
        return Asked(user=self.user, conversation=self.conversation, question=self.question, replies=self.replies)


def ask_all(batch: Sequence[Sent]) -> list[Asked | Exception]:
    """Store many questions in one transaction; gives for each what was stored, or why it was not."""
    try:
        with transaction.atomic():
            heartbeat.beat()
            return _ask_in_rounds(batch)
    except IntegrityError:
        # One of them was stored before: sent again after a reconnect, or by another process at this moment.
        return [_ask_alone(sent) for sent in batch]


def _ask_alone(sent: Sent) -> Asked | Exception:
    with transaction.atomic():
        if known := _already_asked(sent):
            return known
    try:
        with transaction.atomic():
            heartbeat.beat()
            return _ask_round([sent])[0]
    except IntegrityError as error:
        # The other one was stored in between: it is found now.
        return _already_asked(sent) or error


def _ask_in_rounds(batch: Sequence[Sent]) -> list[Asked | Exception]:
    """Two for one chat, or the same twice, go one after the other: the second sees what the first has made."""
    rounds: list[tuple[set[UUID], list[int]]] = []
    for place, sent in enumerate(batch):
        keys = {sent.command.client_id, sent.command.chat or sent.command.client_id}
        free = next((one for one in rounds if not keys & one[0]), None)
        if free is None:
            rounds.append(free := (set(), []))
        free[0].update(keys)
        free[1].append(place)
    outcomes: dict[int, Asked | Exception] = {}
    for _keys, places in rounds:
        outcomes.update(zip(places, _ask_round([batch[place] for place in places]), strict=True))
    return [outcomes[place] for place in range(len(batch))]


def _ask_round(batch: Sequence[Sent]) -> list[Asked | Exception]:
    present = people({(sent.user_id, sent.session_key) for sent in batch})
    found = assistants.known([name for sent in batch for name in sent.command.models])
    outcomes: list[_Draft | Asked | Exception] = []
    for sent in batch:
        user = present.get((sent.user_id, sent.session_key))
        if user is None:
            outcomes.append(SignedOut())
        else:
            with override(user.language or sent.language):
                try:
                    outcomes.append(_draft(user, sent.command, found))
                except CommandRejected as refusal:
                    outcomes.append(refusal)
    _claim(outcomes, batch)
    _store([outcome for outcome in outcomes if isinstance(outcome, _Draft)])
    return [outcome.asked() if isinstance(outcome, _Draft) else outcome for outcome in outcomes]


def _claim(outcomes: "list[_Draft | Asked | Exception]", batch: Sequence[Sent]) -> None:
    """Those who have used up what they may use are refused, each in their own language."""
    places = [place for place, outcome in enumerate(outcomes) if isinstance(outcome, _Draft)]
    drafts = [outcome for outcome in outcomes if isinstance(outcome, _Draft)]
    refusals = spending.claim_all([(draft.user, draft.asked().running) for draft in drafts])
    for place, draft, refusal in zip(places, drafts, refusals, strict=True):
        if refusal is not None:
            with override(draft.user.language or batch[place].language):
                outcomes[place] = CommandRejected(str(refusal), code=refusal.code, retryable=True)


def _draft(user: "User", command: Send, found: Known) -> _Draft:
    conversation, parent = _place(user, command)
    question = Message(
        conversation=conversation or _new(user, command),
        parent=parent,
        author=user,
        client_id=command.client_id,
        role=Message.Role.USER,
        text=command.text,
    )
    libraries = chosen_libraries(user, command.libraries)
    if command.image:
        replies, files = ordering.ordered(user, command.image, question)
    else:
        files = _files(user, command, question.conversation)
        judged = models_to_ask(user, command.models, conversation, found if command.models else None, files)
        params = {**question.conversation.params, **command.params}
        replies = empty_replies(question, judged, libraries, command.web_search, params)
        note_tools(replies, command.tools)
        telling.note(user, replies)
    return _Draft(
        user=user,
        command=command,
        libraries=libraries,
        conversation=question.conversation,
        is_new=conversation is None,
        question=question,
        replies=replies,
        files=files,
    )


def _new(user: "User", command: Send) -> Conversation:
    settings = command.settings.columns() if command.settings else {}
    return Conversation(owner=user, folder_id=for_new_chat(user, command.folder), **settings)


def _files(user: "User", command: Send, conversation: Conversation) -> list[Attachment]:
    """What goes with the question; an edited one keeps what it had, unless its files are named anew."""
    if command.attachments is None:
        return sending.of_message(command.edits) if command.edits and conversation.has_files else []
    return sending.chosen(user, command.attachments)


def _store(drafts: Sequence[_Draft]) -> None:
    marked: list[Conversation] = []
    for draft in drafts:
        conversation, command = draft.conversation, draft.command
        if not conversation.title:
            conversation.name_after(command.text)
        if not (command.once or command.image):
            conversation.model_ids = [reply.model_name for reply in draft.asked().running]
        conversation.web_search = command.web_search
        if draft.files and not conversation.has_files:
            conversation.has_files = True
            marked += [] if draft.is_new else [conversation]
    rows.insert([draft.conversation for draft in drafts if draft.is_new])
    for draft in drafts:
        before = set() if draft.is_new else rows.libraries(draft.conversation)
        if {library.pk for library in draft.libraries} != before:
            draft.conversation.libraries.set(draft.libraries)
    rows.insert([draft.question for draft in drafts])
    sending.link([(draft.question, draft.files) for draft in drafts if draft.files], marked)
    for draft in drafts:
        for reply in draft.replies:
            reply.parent = draft.question  # which has an id now
    rows.insert([reply for draft in drafts for reply in draft.replies])
    rows.show([(draft.conversation, draft.replies[0].pk) for draft in drafts])


def _place(user: "User", command: Send) -> tuple[Conversation | None, Message | None]:
    """The conversation and the message to stand under; neither for a new conversation."""
    if command.chat is None:
        return None, None
    found = _asked_in(user.pk, command.chat)
    if not found:
        raise CommandRejected(_("There is no such chat."))
    conversation, wanted = found[0], command.edits or command.parent
    if wanted is None:
        return conversation, conversation.active
    message = conversation.messages.filter(pk=wanted).select_related("parent").first()
    if message is None:
        raise CommandRejected(_("The message to answer is not in this chat."))
    return conversation, message.parent if command.edits else message


def _locked(user_id: int, chat: UUID) -> QuerySet[Conversation]:
    """Who asks in it holds it until the question is stored; with the end of the branch that is shown."""
    mine = Conversation.objects.visible_to(get_user_model()(pk=user_id)).select_related("active")
    return mine.select_for_update(of=("self",)).filter(pk=chat)


_asked_in = Prepared(_locked, 2**31 - 1, UUID(int=1))


def _already_asked(sent: Sent) -> Asked | Exception | None:
    """What an earlier send of the same question stored."""
    found = Message.objects.filter(author=sent.user_id, client_id=sent.command.client_id)
    question = found.select_related("conversation").first()
    if question is None:
        return None
    if (user := person(sent.user_id, sent.session_key)) is None:
        return SignedOut()
    replies = list(question.children.filter(role=Message.Role.ASSISTANT))
    return Asked(user=user, conversation=question.conversation, question=question, replies=replies, fresh=False)


def models_to_ask(
    user: "User",
    public_ids: Sequence[str],
    conversation: Conversation | None,
    found: Known | None = None,
    files: Sequence[Attachment] = (),
) -> Judged:
    wanted = list(dict.fromkeys(filter(None, public_ids))) or _usual_models(user, conversation)
    if not wanted:
        raise CommandRejected(_("No model may be used yet. Ask your administrator for one."), code="not_allowed")
    return several.judged(user, wanted, found, files)


def _usual_models(user: "User", conversation: Conversation | None) -> list[str]:
    """What the conversation used last, else the first model this person may use."""
    if conversation and conversation.model_ids:
        return list(conversation.model_ids)
    return assistants.usual(user)


def chosen_libraries(user: "User", ids: Sequence[UUID]) -> list[Library]:
    if not ids:
        return []
    wanted = set(ids)
    found = list(Library.objects.visible_to(user).filter(pk__in=wanted))
    if len(found) != len(wanted):
        raise CommandRejected(_("One of the chosen libraries does not exist any more."))
    return found
