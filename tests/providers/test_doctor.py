"""The Connection Doctor before ten products: what is pasted becomes a right card, and the client obeys it."""

import pytest

from providers.addresses import Address
from providers.clients import close_all, provider_for
from providers.discovery import look
from providers.doctor import probes
from providers.doctor.examination import Busy, Subject, examine
from providers.failures import AnswerFailed
from providers.models import Connection, Model
from tests.providers.answers import answer_of, question
from tests.servers.ollama_server import OllamaServer
from tests.servers.products import (
    LLAMA,
    LMSTUDIO,
    LOCALAI,
    OPENAI,
    SPEAKING_OPENAI,
    SWIFT,
    TEXTGEN,
    VLLM,
    ProductServer,
)


def named(product) -> str:
    return product.name


async def examined(server, **fields):
    """As an administrator does it: the root of the address is pasted, nothing else."""
    listing = await look(server.address)
    return (await examine(Subject(address=listing.address, **fields))).card


@pytest.mark.parametrize("product", SPEAKING_OPENAI, ids=named)
async def test_each_product_gets_its_card(product):
    with ProductServer(product) as server:
        card = await examined(server)
        asked = server.asked
    assert {name: card.get(name) for name in product.card} == dict(product.card)
    lengths = [body.get("max_tokens") or body.get("max_completion_tokens") for body in asked]
    # A server that goes on writing for nobody is not asked for more than fits.
    assert lengths.count(probes.FAR_TOO_MANY) == (product.name != "transformers serve")
    assert all(length <= 8 for length in lengths if length != probes.FAR_TOO_MANY)
    assert len(asked) <= 9 * len(card["tried"]), "a few tiny questions"


async def test_ollama_gets_its_card_without_a_question_to_a_model():
    with OllamaServer() as server:
        card = await examined(server)
        assert not server.asked
    assert (card["product"], card["version"], card["streaming"]) == ("Ollama", "0.20.1", "lines")
    assert (card["reasoning_field"], card["error_shape"], card["known"]) == ("thinking", "string", 3)


async def test_nothing_is_loaded_that_nobody_asked_for():
    with ProductServer(LMSTUDIO) as server:
        server.product.routes["/api/v1/models"]["models"][1]["loaded_instances"], kept = (
            [],
            server.product.routes["/api/v1/models"]["models"][1]["loaded_instances"],
        )
        try:
            assert (await examined(server, by_hand=False))["tried"] == []
            assert (await examined(server, wanted=["qwen/qwen3.5-9b"]))["tried"] == ["qwen/qwen3.5-9b"]
        finally:
            server.product.routes["/api/v1/models"]["models"][1]["loaded_instances"] = kept


async def test_a_server_that_answers_somebody_is_left_alone():
    with ProductServer(VLLM) as server:
        with pytest.raises(Busy):
            await examined(server, is_busy=lambda: True, by_hand=False)
        assert not server.asked


async def test_a_wrong_key_is_found_where_the_list_does_not_tell():
    with ProductServer(SWIFT, key="right") as server:
        with pytest.raises(AnswerFailed) as caught:
            await examined(server, key="wrong")
        assert caught.value.failure.code == "unauthorized"
        assert (await examined(server, key="right"))["product"] == "SWIFT"


@pytest.fixture
async def turn():
    """Asks one question of a product's model as the chat does, with the card that the Doctor wrote."""

    async def ask(server, *, model="", text="Hello?", **params):
        card = await examined(server)
        server.requests.clear()
        connection = Connection(
            name=card["product"], base_url=f"{server.address}/v1", product=card["product"], card=card
        )
        name = model or card["tried"][0]
        found = Model(connection=connection, name=name, public_id=name)
        return await answer_of(provider_for(found), question(text, name, **params))

    yield ask
    await close_all()


@pytest.mark.parametrize("product", SPEAKING_OPENAI, ids=named)
async def test_a_turn_needs_one_request_and_comes_out_whole(product, turn):
    with ProductServer(product) as server:
        answer = await turn(server, max_tokens=100)
        assert len(server.asked) == 1, "what the card says needs no second attempt"
        assert not any("authorization" in request.headers for request in server.requests)
    assert (answer.error, answer.text.strip(), answer.finish) == (None, "Hello, world.", "stop")
    assert answer.reasoning.strip() == ("Let me think." if product.reasoning else "")
    assert answer.usage == (None if product.usage == "none" else (7, 4))


async def test_vllm_gets_less_to_write_than_was_wished(turn):
    with ProductServer(VLLM) as server:
        answer = await turn(server, max_tokens=50_000)
        assert [body["max_tokens"] for body in server.asked] == [50_000, 5092]
    assert answer.text == "Hello, world."


async def test_llama_cpp_says_by_how_much_a_question_is_too_long(turn):
    with ProductServer(LLAMA) as server:
        answer = await turn(server, text="word " * 1000)
    assert answer.error.code == "context_too_long"
    assert "9,030" in str(answer.error)
    assert "4,096" in str(answer.error)


async def test_lm_studios_silence_is_no_answer(turn):
    with ProductServer(LMSTUDIO) as server:
        answer = await turn(server, text="word " * 1000)
    assert answer.error.code == "empty_answer"


async def test_localai_is_asked_again_when_it_said(turn):
    with ProductServer(LOCALAI) as server:
        card = await examined(server)
        connection = Connection(name="x", base_url=f"{server.address}/v1", product="LocalAI", card=card)
        server.busy = 1
        model = Model(connection=connection, name="llama-3.2", public_id="x")
        answer = await answer_of(provider_for(model), question(model="llama-3.2"))
    assert (answer.text, [stage for stage, _seconds in answer.waits]) == ("Hello, world.", ["busy"])


async def test_what_the_card_says_of_fields_and_roles_is_sent(turn):
    with ProductServer(TEXTGEN) as server:
        await turn(server)
        assert "stream_options" not in server.asked[-1]
    with ProductServer(OPENAI) as server:
        await turn(server, max_tokens=5)
        assert (server.asked[-1].get("max_tokens"), server.asked[-1]["max_completion_tokens"]) == (None, 5)


async def test_swifts_wrong_key_is_the_keys_fault():
    with ProductServer(SWIFT, key="right") as server:
        connection = Connection(name="x", base_url=f"{server.address}/v1")
        model = Model(connection=connection, name="Qwen2.5-7B-Instruct", public_id="x")
        answer = await answer_of(provider_for(model), question(model=model.name))
        await close_all()
    assert answer.error.code == "unauthorized"


@pytest.mark.parametrize(
    ("status", "begun", "rule"),
    [
        (200, 'data: {"choices": [{"delta": {"content": "ok"}}]}', "clamped"),
        (200, 'data: {"error": {"message": "max_new_tokens must be at most 4096"}}', "refused"),
        (400, '{"error": {"message": "Invalid max_tokens value, the valid range is [1, 8192]"}}', "refused"),
        (400, '{"error": {"message": "Unknown field: stop"}}', None),
        (503, '{"error": {"message": "overloaded"}}', None),
    ],
)
def test_only_what_is_about_the_length_tells_what_becomes_of_too_long_a_wish(status, begun, rule):
    assert probes.length_rule(status, begun) == rule


async def test_a_dead_server_is_told_as_such():
    with pytest.raises(AnswerFailed) as caught:
        await examine(Subject(address=Address(kind="openai", base_url="http://127.0.0.1:9/v1")))
    assert caught.value.failure.code == "unreachable"


async def test_a_real_llama_cpp_gets_a_right_card_and_says_by_how_much_a_question_is_too_long(llama_server):
    address, window = llama_server.url.removesuffix("/v1"), llama_server.context // 2  # it keeps two conversations
    card = (await examine(Subject(address=(await look(address)).address))).card
    expected = {
        "product": "llama.cpp",
        "streaming": "yes",
        "usage": "last",
        "system_role": "yes",
        "tools": "yes",
        "vision": "no",
        "max_tokens": "max_tokens",
        "max_tokens_rule": "clamped",
        "error_shape": "nested",
        "window": window,
        "leave_out": [],
        "tried": [llama_server.model],
    }
    assert {name: card.get(name) for name in expected} == expected
    assert card["version"]
    connection = Connection(name="x", base_url=llama_server.url, product=card["product"], card=card)
    model = Model(connection=connection, name=llama_server.model, public_id="x")
    answer = await answer_of(provider_for(model), question("word " * window, model.name))
    await close_all()
    assert (answer.error.code, answer.error.window) == ("context_too_long", window)
    assert answer.error.prompt > window
