"""/ollama/, driven by the official `ollama` package through a real web process to a scripted Ollama behind it."""

import hashlib
import json

import httpx
import ollama
import pytest
from django.test import Client

from providers.models import Connection, Limit, Model
from tests.servers.ollama_server import OllamaServer
from tests.servers.web import WebProcess
from tests.waiting import eventually
from webui.accounts.models import ApiKey

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = [{"role": "user", "content": "Hello?"}]
LONG = [{"role": "user", "content": "a" * 400_000}]


@pytest.fixture(scope="module")
def web(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), WebProcess(tmp_path_factory.mktemp("web")) as web:
        yield web


@pytest.fixture
def server():
    with OllamaServer() as server:
        yield server
        server.release.set()
        server.finish_pull.set()


@pytest.fixture
def lab(db, server):
    connection = Connection(name="Lab", kind="ollama", base_url=server.address, product="Ollama")
    connection.api_key = "the-labs-own-key"
    connection.save()
    return connection


def model_of(connection, name, **facts):
    facts = {"public_id": name, "for_everyone": True, "window": 40960, **facts}
    return Model.objects.create(connection=connection, name=name, **facts)


@pytest.fixture
def models(lab):
    return {
        "qwen": model_of(lab, "qwen3:8b", public_id="qwen3:8b@lab"),
        "embed": model_of(lab, "nomic-embed-text:latest", kind="embedding", window=2048),
        "secret": model_of(lab, "llava:7b", for_everyone=False),
    }


def client_of(web, user, scopes=("chat",), **fields):
    _key, text = ApiKey.issue(user, "test")
    ApiKey.objects.filter(pk=_key.pk).update(scopes=list(scopes), **fields)
    return ollama.Client(host=f"{web.address}/ollama", headers={"Authorization": f"Bearer {text}"})


@pytest.fixture
def client(web, alice, models):
    with client_of(web, alice) as client:
        yield client


@pytest.fixture
def ruler(web, root, models):
    with client_of(web, root, ("chat", "api")) as client:
        yield client


def refusal(call, *args, **kwargs) -> tuple[int, str]:
    read = list if kwargs.get("stream") else bool
    with pytest.raises(ollama.ResponseError) as problem:
        read(call(*args, **kwargs))
    return problem.value.status_code, problem.value.error


def test_only_what_alice_may_use_is_listed_under_its_name_here(server, client, ruler):
    assert [model.model for model in client.list().models] == ["qwen3:8b@lab", "nomic-embed-text:latest"]
    assert [model.model for model in ruler.list().models] == ["qwen3:8b@lab", "llava:7b", "nomic-embed-text:latest"]
    server.loaded = ["qwen3:8b", "llava:7b"]
    assert [model.model for model in client.ps().models] == ["qwen3:8b@lab"]


def test_details_without_the_files_of_the_server(client, ruler):
    shown = client.show("qwen3:8b@lab")
    assert shown.capabilities == ["completion", "tools", "thinking"]
    assert shown.modelfile is None
    assert "/root/.ollama" in ruler.show("qwen3:8b@lab").modelfile


def test_answers_whole_and_in_pieces(server, client):
    whole = client.chat("qwen3:8b@lab", ASKED)
    assert (whole.message.content, whole.model, whole.prompt_eval_count) == ("Hello, world.", "qwen3:8b@lab", 7)
    parts = list(client.chat("qwen3:8b@lab", ASKED, stream=True))
    assert [part.message.content for part in parts] == ["Hello", ",", " world", ".", ""]
    assert {part.model for part in parts} == {"qwen3:8b@lab"}
    assert client.generate("qwen3:8b@lab", "Hello?").response == "Hello, world."
    assert [body["model"] for body in server.asked] == ["qwen3:8b"] * 2
    assert client.embed("nomic-embed-text", ["one", "three"]).embeddings == [[3.0, 1.0], [5.0, 1.0]]
    assert client.embeddings("nomic-embed-text:latest", "four").embedding == [4.0, 1.0]


def test_thinking_and_tools_pass(server, client):
    server.scenario = "thinking"
    parts = list(client.chat("qwen3:8b@lab", ASKED, stream=True, think=True))
    assert "".join(part.message.thinking or "" for part in parts) == "Let me think."
    assert server.asked[-1]["think"] is True
    server.scenario = "tools"
    calls = client.chat("qwen3:8b@lab", ASKED, stream=True, tools=[{"type": "function", "function": {"name": "look"}}])
    assert next(call for part in calls for call in part.message.tool_calls or ()).function.name == "look"
    assert server.asked[-1]["tools"][0]["function"]["name"] == "look"


@pytest.mark.parametrize("name", ["llava:7b", "nothing", "qwen3:8b", "nomic-embed-text"])
def test_what_alice_may_not_use_is_not_there(server, client, name):
    said = refusal(client.chat, name, ASKED)
    assert said == (404, f"The model “{name}” does not exist here or you may not use it. Choose another.")
    if name != "nomic-embed-text":
        assert refusal(client.show, name) == said
        assert refusal(client.embed, name, "x") == said
    assert refusal(client.generate, name, "x", stream=True) == said
    assert server.asked == []


def test_a_key_for_some_models_opens_no_others(web, alice, lab):
    for name in ("one:1", "two:2"):
        model_of(lab, name)
    client = client_of(web, alice, model_ids=["one:1"])
    assert client.chat("one:1", ASKED).message.content == "Hello, world."
    assert refusal(client.chat, "two:2", ASKED)[0] == 404


def test_nothing_of_ours_goes_to_the_server_and_nobody_disturbs_the_others(server, client, models):
    Model.objects.update(keep_alive="24h", window_cap=8192)
    options = {"temperature": 0.1, "num_gpu": 0, "num_thread": 1, "num_ctx": 999_999}
    client.chat("qwen3:8b@lab", ASKED, options=options, keep_alive=-1)
    body = server.asked[-1]
    assert body["options"] == {"temperature": 0.1, "num_ctx": 8192}
    assert (body["keep_alive"], body["truncate"]) == ("24h", False)
    headers = next(request.headers for request in server.requests if request.path == "/api/chat")
    assert headers["authorization"] == "Bearer the-labs-own-key"
    assert "cookie" not in headers
    assert "sk-webui" not in str(headers)


def test_alice_cannot_throw_a_model_out_of_the_memory(server, client, ruler):
    server.loaded = ["qwen3:8b"]
    client.chat("qwen3:8b@lab", [], keep_alive=0)
    assert server.loaded == ["qwen3:8b"]
    ruler.chat("qwen3:8b@lab", [], keep_alive=0)
    assert server.loaded == []


def test_the_window_is_that_of_chats_and_too_long_a_prompt_is_an_error(server, client):
    server.loaded, server.windows = ["qwen3:8b"], {"qwen3:8b": 16384}
    client.chat("qwen3:8b@lab", ASKED)
    assert (server.asked[-1]["options"]["num_ctx"], server.loads) == (16384, [])
    status, said = refusal(client.chat, "qwen3:8b@lab", LONG)
    assert status == 400
    assert said.startswith("This is too long for the model")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("scenario", "status", "words"),
    [("not_pulled", 404, "an administrator can pull it"), ("busy", 503, "busy"), ("hangs_up", 502, "hung up")],
)
def test_errors_before_the_first_word_have_a_status(server, client, scenario, status, words, stream):
    server.scenario = scenario
    said = refusal(client.chat, "qwen3:8b@lab", ASKED, stream=stream)
    assert said[0] == status
    assert words in said[1]


def test_an_error_after_the_first_word_is_a_last_line(server, client):
    server.scenario = "error_inside"
    parts = client.chat("qwen3:8b@lab", ASKED, stream=True)
    assert next(parts).message.content == "Hello"
    with pytest.raises(ollama.ResponseError, match="has terminated"):
        next(parts)
    server.scenario = "cut_off"
    with pytest.raises(ollama.ResponseError, match="broke off"):
        list(client.chat("qwen3:8b@lab", ASKED, stream=True))


def test_each_line_comes_when_it_is_written_and_hanging_up_is_passed_on(server, client):
    server.scenario = "endless"
    parts = client.chat("qwen3:8b@lab", ASKED, stream=True)
    assert next(parts).message.content.startswith("word")
    parts.close()
    eventually(server.gone.is_set)


@pytest.mark.parametrize("who", ["client", "narrow"])
def test_models_are_managed_by_administrators_alone(request, web, server, root, client, who, tmp_path):
    """Nor by a key of theirs that is only for answers."""
    caller = client if who == "client" else client_of(web, root)
    weights = tmp_path / "w.gguf"
    weights.write_bytes(b"GGUF")
    for call in (
        lambda: caller.pull("gemma3"),
        lambda: list(caller.pull("gemma3", stream=True)),
        lambda: caller.push("qwen3:8b"),
        lambda: caller.delete("qwen3:8b@lab"),
        lambda: caller.copy("qwen3:8b@lab", "mine"),
        lambda: caller.create("mine", from_="qwen3:8b"),
    ):
        assert refusal(call) == (403, "Only administrators may pull, make, copy, push or delete models here.")
    assert refusal(caller.create_blob, weights)[0] == 404
    assert {request.path for request in server.requests} == set()


def test_root_manages_models_from_anywhere(server, ruler, tmp_path):
    steps = [step.status for step in ruler.pull("gemma3", stream=True)]
    assert (steps[0], steps[-1]) == ("pulling manifest", "success")
    eventually(lambda: Model.objects.filter(name="gemma3:latest").exists())
    assert ruler.pull("gemma3").status == "success"
    ruler.copy("qwen3:8b@lab", "mine")
    assert "mine:latest" in server.models
    ruler.delete("mine")
    assert "mine:latest" not in server.models
    assert refusal(ruler.delete, "mine")[0] == 404
    weights = tmp_path / "w.gguf"
    weights.write_bytes(b"GGUF" * 100_000)
    digest = ruler.create_blob(weights)
    assert digest == f"sha256:{hashlib.sha256(b'GGUF' * 100_000).hexdigest()}"
    assert ruler.create("made", files={"w.gguf": digest}).status == "success"
    assert "made:latest" in server.models


def test_root_says_which_of_several_servers(web, root, models):
    Connection.objects.create(name="Other", kind="ollama", base_url="http://127.0.0.1:9")
    client = client_of(web, root, ("chat", "api"))
    status, said = refusal(client.pull, "gemma3")
    assert (status, "X-Webui-Connection: Lab, Other" in said) == (400, True)
    client._client.headers["X-Webui-Connection"] = "Lab"
    assert client.pull("gemma3").status == "success"


def test_a_server_that_is_away_takes_only_its_own_models_along(client, alice):
    away = Connection.objects.create(name="Away", kind="ollama", base_url="http://127.0.0.1:9")
    model_of(away, "far:1")
    assert "far:1" not in [model.model for model in client.list().models]
    status, said = refusal(client.chat, "far:1", ASKED)
    assert (status, "cannot be reached" in said) == (502, True)


def raw(web, path="/api/chat", data=b"{}", **headers):
    return httpx.post(f"{web.address}/ollama{path}", content=data, headers=headers)


def test_without_a_key_nothing_opens(web, models):
    for answer in (
        raw(web),
        raw(web, Authorization="Bearer sk-webui-wrong"),
        httpx.get(f"{web.address}/ollama/api/tags"),
    ):
        assert (answer.status_code, answer.json()) == (401, {"error": "The API key is missing or not valid."})


def test_a_session_opens_it_with_its_token(alice, models):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert len(browser.get("/ollama/api/tags").json()["models"]) == 2
    refused = browser.post("/ollama/api/show", {"model": "qwen3:8b@lab"}, content_type="application/json")
    assert refused.status_code == 403
    assert "error" in refused.json()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"not json", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"model": 5}', 400),
        (b'{"model": "qwen3:8b@lab", "messages": "hi"}', 400),
        (b'{"model": "qwen3:8b@lab", "messages": [5]}', 400),
        (b'{"model": "qwen3:8b@lab", "messages": [{}], "options": []}', 400),
        (b'{"model": "qwen3:8b@lab", "messages": [{}], "options": {"num_ctx": "x"}}', 400),
        (b'{"model": "qwen3:8b@lab", "messages": [{}], "stream": "yes"}', 400),
        (b"{" * 100_000, 400),
    ],
)
def test_a_body_of_the_wrong_form_is_refused_with_a_sentence(web, client, server, data, status):
    answer = raw(web, data=data, Authorization=client._client.headers["authorization"])
    assert answer.status_code == status
    assert answer.json()["error"].endswith(".")
    assert server.asked == []


def test_a_body_that_is_too_large_is_refused(web, client, monkeypatch):
    data = b'{"model":"' + b"x" * (41 * 1024 * 1024)
    answer = raw(web, data=data, Authorization=client._client.headers["authorization"])
    assert (answer.status_code, answer.json()) == (413, {"error": "The request is larger than 40 MB."})


def test_what_is_not_there_is_said_in_the_same_shape(web, client):
    answer = raw(web, "/api/fly", Authorization=client._client.headers["authorization"])
    assert answer.status_code == 404
    assert answer.json()["error"].startswith("There is no /ollama/api/fly here.")


def test_alices_limit_counts_here_too(web, server, alice, client):
    Limit.objects.create(user=alice, tokens_day=1300)
    eventually(lambda: _refused_for_budget(client), seconds=20)
    asked = len(server.asked)
    status, said = refusal(client.chat, "qwen3:8b@lab", ASKED, stream=True)
    assert status == 429
    assert "tokens for today" in said
    assert len(server.asked) == asked


def _refused_for_budget(client) -> bool:
    """A limit counts within seconds of being set."""
    try:
        client.chat("qwen3:8b@lab", [{"role": "user", "content": json.dumps(list(range(1000)))}])
    except ollama.ResponseError as problem:
        return problem.status_code == 429
    return False
