"""What clients know: the card obeyed, surprises kept for the next process, headers of one's own, waits."""

import pytest

from providers.clients import limits_of
from providers.headers import BadHeader, parsed_headers
from providers.learning import keep_learnt
from providers.memory import Memory
from providers.models import Connection, Model
from providers.openai_compatible import OpenAIProvider
from providers.stock import abilities
from tests.providers.answers import answer_of
from tests.servers.openai_server import OpenAIServer


async def test_a_surprise_costs_one_request_and_none_after_a_restart():
    kept = {}
    with OpenAIServer("wants_no_stream_options") as server:
        first = OpenAIProvider(server.base_url)
        first.memory = Memory(keep=lambda model, facts: kept.setdefault(model, {}).update(facts))
        await answer_of(first)
        assert len(server.asked) == 2
        await first.close()
        second = OpenAIProvider(server.base_url)
        second.memory = Memory(learnt=kept)
        assert (await answer_of(second)).text == "Hello, world."
        await second.close()
        assert len(server.asked) == 3
    assert kept == {"qwen": {"leave_out": ["stream_options"]}}


@pytest.mark.django_db
def test_what_was_learnt_stays_in_the_row_and_a_window_becomes_the_models():
    connection = Connection.objects.create(name="x", base_url="http://gpu:8000/v1")
    model = Model.objects.create(connection=connection, name="qwen", public_id="qwen")
    keep_learnt(connection.pk, "qwen", {"leave_out": ["min_p"]})
    keep_learnt(connection.pk, "qwen", {"window": 4096})
    connection.refresh_from_db()
    model.refresh_from_db()
    assert connection.learnt == {"qwen": {"leave_out": ["min_p"], "window": 4096}}
    assert model.window == 4096


def test_the_card_counts_for_the_models_that_were_tried():
    card = {
        "tried": ["a", "b"],
        "system_role": "merged",
        "leave_out": ["min_p"],
        "models": {"b": {"system_role": "no"}},
    }
    memory = Memory(card, {"a": {"leave_out": ["top_k"]}})
    assert memory.of("a") == {"system_role": "merged", "leave_out": ["min_p", "top_k"]}
    assert memory.of("b") == {"system_role": "no", "leave_out": ["min_p"]}
    assert memory.of("never tried") == {"leave_out": ["min_p"]}


def test_what_was_tried_corrects_what_was_told():
    assert abilities(["vision"], {"vision": "no", "tools": "yes"}) == ["tools"]
    assert abilities(["vision"], {"vision": None}) == ["vision"]


def test_headers_are_read_a_line_each():
    assert parsed_headers("X-Team: research\r\n\r\n X-Key:a:b ") == {"X-Team": "research", "X-Key": "a:b"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Host: other", "forbidden"),
        ("content-length: 5", "forbidden"),
        ("Transfer-Encoding: chunked", "forbidden"),
        ("Connection: close", "forbidden"),
        ("X Team: a", "name"),
        ("X-Team", "form"),
        ("X-Team:", "value"),
        ("X-Team: 研究", "value"),
        ("X-Team: a\x0bHost: b", "forbidden"),
        ("X-A: 1\nx-a: 2", "twice"),
        ("\n".join(f"X-{n}: 1" for n in range(21)), "many"),
    ],
)
def test_headers_that_cannot_be_sent_are_refused(text, code):
    with pytest.raises(BadHeader) as caught:
        parsed_headers(text)
    assert str(caught.value) == code


async def test_own_headers_go_along_and_their_values_are_never_told():
    with OpenAIServer("failed") as server:
        provider = OpenAIProvider(server.base_url)
        provider.own_headers = {"X-Secret": "Worker"}
        answer = await answer_of(provider)
        await provider.close()
        assert server.requests[-1].headers["x-secret"] == "Worker"
    assert "Worker" not in str(answer.error)


def test_each_connection_may_have_its_own_patience():
    usual = limits_of(Connection(name="x"))
    patient = limits_of(Connection(name="x", first_timeout=900, idle_timeout=200))
    assert (usual.first, usual.idle, usual.headers) == (300, 60, 60)
    assert (patient.first, patient.idle, patient.headers) == (900, 200, 900)
    assert limits_of(Connection(name="x", product="LM Studio")).headers == 300
