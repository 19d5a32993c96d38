"""What real servers answered, put before the Doctor and the client of today."""

import pytest

from tests.recorded.contract import MODEL, meet
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
        "tried": [MODEL],
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
}


def ended(answer):
    if answer.error:
        return answer.error.code, answer.error.prompt, answer.error.window
    return answer.finish, answer.usage and answer.usage[0], None


@pytest.mark.parametrize("product", CARDS)
async def test_a_real_server_gets_a_right_card_and_its_answers_are_understood(product):
    with Replayed(product) as server:
        outcome = await meet(server.address, MODEL)
        assert not server.strange
        assert not any("authorization" in request.headers for request in server.requests)
    assert {name: outcome.card.get(name) for name in CARDS[product]} == CARDS[product]
    assert {name: ended(answer) for name, answer in outcome.answers.items()} == ENDS[product]
    assert outcome.answers["plain"].text
