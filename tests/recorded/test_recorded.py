"""What real servers answered, put before the Doctor and the client of today."""

import pytest

from tests.recorded.contract import meet, refused
from tests.recorded.transcript import Replayed

CARDS = {
    "vllm": {
        "product": "vLLM",
        "version": "0.32.0",
        "streaming": "yes",
        "usage": "last",
        "system_role": "yes",
        "tools": "no",
        "vision": "no",
        "max_tokens": "max_tokens",
        "max_tokens_rule": "refused",
        "error_shape": "nested",
        "window": 512,
        "leave_out": [],
        "tried": ["tiny"],
    },
    # Its list tells no window; a question that was too long for this tiny one did.
    "swift": {
        "product": "SWIFT",
        "streaming": "yes",
        "usage": "last",
        "system_role": "yes",
        "tools": None,
        "vision": "ignored",
        "max_tokens": "max_tokens",
        "max_tokens_rule": "clamped",
        "error_shape": "flat",
        "window": 512,
        "leave_out": [],
        "tried": ["tiny"],
    },
    # Its list is broken without a network; what it was started for it tells when it is asked for another model.
    "transformers": {
        "product": "transformers serve",
        "streaming": "yes",
        "usage": "last",
        "system_role": "yes",
        "tools": "yes",
        "vision": "ignored",
        "max_tokens": "max_tokens",
        "max_tokens_rule": "unknown",
        "error_shape": "text",
        "window": None,
        "leave_out": [],
        "tried": ["/models/tiny"],
    },
}
# name of the question: code of the error, or how the answer ended; tokens of the prompt; window named
ENDS = {
    "vllm": {
        "plain": ("length", 28, None),
        "turns": ("length", 79, None),
        "too long": ("context_too_long", None, 512),
        "far too long": ("context_too_long", None, 512),
        "too much": ("stop", 28, None),
        "unknown model": ("model_not_found", None, None),
    },
    "swift": {
        "plain": ("length", 105, None),
        "turns": ("stop", 79, None),
        "too long": ("context_too_long", 865, 512),
        "far too long": ("context_too_long", 2295, 512),
        "too much": ("length", 105, None),
        "unknown model": ("model_not_found", None, None),
    },
    "transformers": {
        "plain": ("length", 28, None),
        "turns": ("length", 79, None),
        "too long": ("length", 788, None),
        "far too long": ("length", 2218, None),
        "unknown model": ("bad_request", None, None),
    },
}


def ended(answer):
    if answer.error:
        return answer.error.code, answer.error.prompt, answer.error.window
    return answer.finish, answer.usage and answer.usage[0], None


@pytest.mark.parametrize("product", CARDS)
async def test_a_real_server_gets_a_right_card_and_its_answers_are_understood(product):
    with Replayed(product) as server:
        outcome = await meet(server.address)
        assert not server.strange
        assert not any("authorization" in request.headers for request in server.requests)
    assert {name: outcome.card.get(name) for name in CARDS[product]} == CARDS[product]
    assert {name: ended(answer) for name, answer in outcome.answers.items()} == ENDS[product]
    assert outcome.answers["plain"].text


@pytest.mark.parametrize("product", ["vllm-key", "swift-key"])
async def test_a_missing_or_wrong_key_is_known_as_such(product):
    """SWIFT says so with 400, and shows its models to everybody."""
    with Replayed(product) as server:
        assert await refused(server.address) == {"no key": "unauthorized", "wrong key": "unauthorized"}
        assert not server.strange
