"""POST /v1/chat/completions: one answer for a program, or several, from the whitelist to what is counted for it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from channels.db import database_sync_to_async
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from ninja import Router

from chat import assistants, storing
from chat.asking import CommandRejected
from chat.assistants import Choice
from chat.attachments.sending import refuse_blind
from chat.database import in_database
from chat.events import AnswerFinished, ReasoningAdded, TextAdded, ToolCallsAdded, TurnEvent
from chat.gateway import errors
from chat.gateway.callers import Caller, caller_of
from chat.gateway.errors import ApiProblem
from chat.gateway.running import Run
from chat.gateway.schemas import Completion, completion_in
from chat.gateway.streaming import streamed
from chat.gateway.writing import Reply
from chat.prompt import estimate_tokens, text_of
from chat.retrieving import PersonsRetriever
from chat.spending import PASSAGES, Spending, used
from chat.turn import Question, answer
from knowledge.models import Library
from knowledge.passages import RetrievalError, SearchError
from providers import budgets, counting
from providers.access import ModelNotAllowed
from providers.base import ChatMessage, ProviderError
from providers.budgets import REPLY, Claim, OverBudget, Wish
from providers.clients import place_for, provider_for
from providers.models import Usage

router = Router(tags=["openai"])
IMAGE = 800  # tokens that a picture is believed to take


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A request that was checked: what is asked of whom, and what each of its answers holds of the limits."""

    caller: Caller
    choice: Choice
    question: Question
    prompt: int  # tokens, estimated
    claims: Sequence[Claim | None]


@router.post("/chat/completions")
async def complete(request: HttpRequest) -> Any:
    body = completion_in(request)
    order = await database_sync_to_async(_order)(caller_of(request), body)
    reply = Reply(order.choice.public_id, body.n)
    run = Run(order.caller, [_turn(order, claim, reply) for claim in order.claims], order.choice.public_id)
    if body.stream:
        return await streamed(run, reply, with_usage=body.wants_usage)
    try:
        while given := await run.next():
            number, event = given
            if event is not None:
                reply.choices[number].take(event)
    finally:
        await run.close()
    return JsonResponse(reply.whole())


def _order(caller: Caller, body: Completion) -> Order:
    choice = _choice(caller, body.model)
    question = _question(caller, choice, body)
    if any(map(_has_picture, question.messages)):
        _must_see(caller, choice)
    prompt = sum(map(_tokens, question.messages)) + (PASSAGES if question.consults else 0)
    wish = Wish(user_id=caller.user.pk, estimate=prompt + (body.longest_reply or REPLY), key=caller.key)
    claims = budgets.claim_all([[wish] * body.n])[0]
    if isinstance(claims, OverBudget):
        raise errors.of_limit(claims)
    return Order(caller=caller, choice=choice, question=question, prompt=prompt, claims=claims)


def _choice(caller: Caller, public_id: str) -> Choice:
    """Of a model that the key leaves out, nobody learns more than of one that does not exist."""
    sentence = _("The model “%(model)s” does not exist here or you may not use it. Choose another.")
    sentence %= {"model": public_id[:100]}
    if caller.may_name(public_id):
        try:
            return assistants.chosen(caller.user, [public_id])[0]
        except ModelNotAllowed as refusal:
            sentence = str(refusal)
    raise ApiProblem(sentence, code="model_not_found", status=404, param="model")


def _has_picture(message: ChatMessage) -> bool:
    return not isinstance(message.content, str) and any(part.get("type") == "image_url" for part in message.content)


def _must_see(caller: Caller, choice: Choice) -> None:
    try:
        refuse_blind(caller.user, [choice.model])
    except CommandRejected as refusal:
        raise errors.of_failure(refusal.code, str(refusal)) from None


def _question(caller: Caller, choice: Choice, body: Completion) -> Question:
    model, wanted = choice.model, [str(pk) for pk in body.libraries]
    if wanted and Library.objects.visible_to(caller.user).filter(pk__in=wanted).count() != len(set(wanted)):
        raise ApiProblem("One of the libraries does not exist.", code="not_found", status=404, param="libraries")
    libraries, web_search = choice.libraries(wanted), choice.web_search(body.web_search)
    # Without passages of ours the prompt is the program's own, and goes to the model whole.
    window = model.usable_window if libraries or web_search else None
    return Question(
        messages=choice.instructed(body.chat_messages()),
        model=model.name,
        window=window,
        fit=window,
        libraries=libraries,
        web_search=web_search,
        params=choice.params(body.model_extra or {}),
    )


async def _turn(order: Order, claim: Claim | None, reply: Reply) -> AsyncGenerator[TurnEvent, None]:
    """The events of one answer; what ends it becomes an `ApiProblem`. Settled and counted however it ends."""
    spending = Spending(claim, order.prompt) if claim else None
    written, reported = "", {}
    try:
        place = place_for(order.choice.model)
        provider = provider_for(place)
        retriever = PersonsRetriever(order.caller.user, order.choice.grant, model=place, provider=provider)
        turn = answer(order.question, retriever=retriever, provider=provider)
        async with aclosing(turn) as events:
            async for event in events:
                match event:
                    case TextAdded(text=text) | ReasoningAdded(text=text):
                        written += text
                    case ToolCallsAdded(calls=calls):
                        written += "".join(str((call.get("function") or {}).get("arguments") or "") for call in calls)
                    case AnswerFinished(usage=usage):
                        reported = dict(usage)
                        reply.count(*used(reported, written, order.prompt))
                if spending:
                    await spending.take(event)
                yield event
    except OverBudget as refusal:
        raise errors.of_limit(refusal) from None
    except (ProviderError, RetrievalError, SearchError, CommandRejected) as failure:
        code, detail, _retryable = storing.reason_of(failure)
        raise errors.of_failure(code, detail) from None
    finally:
        await _settle(order, claim, *used(reported, written, order.prompt))


async def _settle(order: Order, claim: Claim | None, prompt: int, completion: int) -> None:
    if prompt or completion:
        counting.count(
            order.caller.user.pk,
            order.choice.model.public_id,
            Usage.Purpose.API,
            prompt=prompt,
            completion=completion,
            key=order.caller.key_id,
        )
    if claim is not None:
        await in_database(budgets.settle, claim, prompt, completion)


def _tokens(message: ChatMessage) -> int:
    images = 0 if isinstance(message.content, str) else sum(part.get("type") == "image_url" for part in message.content)
    return estimate_tokens(text_of(message)) + images * IMAGE
