"""What the runner reads and writes in the database, synchronous: the question, sources, checkpoints, ends."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from chat import assistants, folders, heartbeat, kept, merging
from chat.asking import CommandRejected
from chat.attachments.sending import VISION
from chat.attachments.showing import shown
from chat.bundle.replayed import REPLAY, replayed
from chat.citations import checked, cited_in
from chat.ledger import Ledger, ledger_for
from chat.models import Message, Source
from chat.origin import TOOLS
from chat.rows import Ending
from chat.sight import open_sources
from chat.tree import history
from chat.turn import Question
from chat.wishes import sources_of
from knowledge.passages import Passage, RetrievalError, SearchError
from knowledge.radar import disputing
from providers.access import ModelNotAllowed
from providers.base import ChatMessage, ProviderError
from providers.budgets import OverBudget
from providers.clients import place_for
from providers.models import Model
from webui.live import Record

if TYPE_CHECKING:
    from chat.tools.toolbox import Toolbox
    from webui.accounts.models import User

__all__ = ["DatabaseError"]

UNKNOWN_WINDOW = 32_768  # tokens that are used of a model whose window nobody knows
WINDOW = "window"  # a parameter of ours: the window to ask Ollama for
LETTERS = 4  # characters of history read for each token of the window, more than fit
log = logging.getLogger(__name__)
INTERNAL = _("Something went wrong on this server while answering. The administrator finds it in the log.")


def question_for(user: "User", question: Message, reply: Message) -> tuple[Question, Ledger]:
    """What is asked of the reply's model, and the account that is kept of it, with the rights of this moment."""
    try:
        assistants.chosen(user, [reply.model_name])[0].write_into(reply)
    except ModelNotAllowed as refusal:
        raise CommandRejected(str(refusal), code="not_allowed") from None
    return told(question, reply)


def told(question: Message, reply: Message) -> tuple[Question, Ledger]:
    """The same, when the rights were looked up a moment ago."""
    model = place_for(model_of(reply))
    params = dict(reply.params.get("params", {}))
    ledger = ledger_for(model, params.pop(WINDOW, None))
    if ledger.place.wish:
        params["num_ctx"] = ledger.place.wish
    fit = ledger.place.wish or ledger.place.told or UNKNOWN_WINDOW
    said = history(question, most=fit * LETTERS)
    ledger.ids, ledger.is_whole = said.ids, said.is_whole
    messages: Sequence[ChatMessage] = said.messages
    files: Sequence[UUID] = ()
    if reply.conversation.has_files:
        messages, files = shown(messages, said.ids, sees=VISION in model.abilities)
    if reply.text:
        open_sources(reply.conversation.owner, [reply])
    tools = _toolbox(reply, model) if reply.params.get(TOOLS) else None
    wish = merging.wish_of(reply)
    known = sources_of(wish.drafts) if wish else replayed(reply)
    looked = reply.params.get(REPLAY, {}).get("looked", ())
    asked = Question(
        messages=[*folders.instructions(reply), *messages],
        model=model.name,
        window=ledger.place.wish or ledger.place.told,
        fit=fit,
        libraries=[*reply.params.get("libraries", ()), *reply.params.get("granted", ())],
        web_search=reply.params.get("web_search", False),
        files=() if REPLAY in reply.params else files,
        params=params,
        language=get_language() or "en",
        say_nothing_found=True,
        reads_links=not (wish and wish.drafts) and REPLAY not in reply.params,
        begun=reply.text,
        passages=[source.passage() for source in reply.sources.all()] if reply.text else known,
        looked=looked,
        wish=wish,
        tools=tools,
    )
    return asked, ledger


def _toolbox(reply: Message, model: Model) -> "Toolbox | None":
    from chat.tools.opening import toolbox_for

    return toolbox_for(reply.conversation.owner, reply, model, reply.params[TOOLS])


def model_of(reply: Message) -> Model:
    if reply.model is None:
        raise CommandRejected(gettext("The model of this answer is gone. Choose another."), code="not_allowed")
    return reply.model


def keep_sources(reply: Message, passages: Sequence[Passage], again: bool = False) -> list[dict[str, Any]]:
    """Store the passages as numbered sources; returns them as they go to the page. `again`: in place of others."""
    if again:
        reply.sources.all().delete()
    sources = [source_of(reply, number, passage) for number, passage in enumerate(passages, 1)]
    for number, others in disputing.between(passages).items():
        sources[number - 1].disagrees = others
    Source.objects.bulk_create(sources)
    return [source.to_wire() for source in sources]


def source_of(reply: Message | None, number: int, passage: Passage) -> Source:
    source = Source(
        message=reply,
        n=number,
        title=passage.title[:500],
        url=passage.url[:2000],
        document_id=passage.document_id or None,
        document_name=passage.document_name[:255],
        page=passage.page,
        heading=passage.heading[:500],
        library=passage.library_id or None,
        chunk=passage.chunk_id,
        start=passage.start,
        end=passage.end,
        text=passage.text,
        score=passage.score,
    )
    source.opened = True  # found a moment ago with the rights of whoever asked
    return source


def checkpoint(records: Sequence[Record], refused: set[int]) -> set[int]:
    """Store what is running, all in one transaction; returns the ids that another process asked to stop or deleted.

    `refused` are answers that the database has not taken for what is in them; it grows.
    """
    with transaction.atomic():
        heartbeat.beat()
        kept.save(records, refused)
        ids = {record.message for record in records}
        wanted = Message.objects.filter(pk__in=ids, stop_requested=False)
        return ids - set(wanted.values_list("pk", flat=True))


def accounted(reply: Message, ending: Ending) -> Ending:
    """The ending with what is told and kept of how the answer came about."""
    ledger = reply.account
    if ledger is None:
        return replace(ending, told_from=reply.told_from, ledger=reply.ledger, host=reply.host)
    usage, frame = ending.usage, ending.frame
    if frame["type"] == "done":
        usage = {**usage, **ledger.figures()}
        frame = {**frame, "usage": usage, **({"truncated": ledger.truncated} if ledger.truncated else {})}
    row, host = ledger.row() or reply.ledger, ledger.place.host
    return replace(ending, frame=frame, usage=usage, told_from=ledger.told_from, ledger=row, host=host)


def reason_of(failure: Exception) -> tuple[str, str, bool]:
    """(code, sentence, retryable) of what ended a turn."""
    match failure:
        case ProviderError() | CommandRejected():
            return failure.code, str(failure), failure.retryable
        case OverBudget():
            return failure.code, str(failure), True
        case RetrievalError():
            return "retrieval_failed", str(failure), True
        case SearchError():
            return "search_failed", str(failure), True
    return "internal", str(INTERNAL), True


def with_checks(ending: Ending) -> Ending:
    """The ending with what became of its citations: computed once, kept with the sources, told in the last frame."""
    record = ending.record
    try:
        checks = checked(record.text, record.sources)
    except Exception:
        # An answer is worth more than its checks.
        log.exception("the citations of reply %s could not be checked", record.message)
        checks = {n: [] for n in cited_in(record.text, [source["n"] for source in record.sources])}
    told = {str(n): found for n, found in sorted(checks.items()) if found}
    frame = ending.frame | {"evidence": told} if told and ending.frame["type"] == "done" else ending.frame
    return replace(ending, checks=checks, frame=frame)
