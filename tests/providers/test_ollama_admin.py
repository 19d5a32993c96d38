"""Looking after an Ollama server: names as they are pasted, Modelfiles, facts, and the long work with its progress."""

import hashlib

import pytest

from providers.models import Connection, Model, OllamaJob
from providers.ollama_admin import jobs, uploads
from providers.ollama_admin.facts import in_memory, installed, moment, shown
from providers.ollama_admin.modelfile import BadModelfile, body_of, parameters_of
from providers.ollama_admin.names import BadName, reference
from providers.ollama_admin.steps import Progress, load_recipe
from tests.servers.ollama_library import CHATML
from tests.servers.ollama_server import OllamaServer
from tests.waiting import eventually

GGUF = b"GGUF" + b"\3\0\0\0" + b"weights " * 5000


@pytest.mark.parametrize(
    ("pasted", "name"),
    [
        ("qwen3:8b", "qwen3:8b"),
        ("  qwen3 ", "qwen3"),
        ("someone/model:tag", "someone/model:tag"),
        ("ollama run hf.co/org/repo:Q4_K_M", "hf.co/org/repo:Q4_K_M"),
        ("ollama pull llama3.2", "llama3.2"),
        ("https://huggingface.co/bartowski/Llama-3.2-1B-GGUF", "hf.co/bartowski/Llama-3.2-1B-GGUF"),
        ("huggingface.co/org/repo:Q8_0", "hf.co/org/repo:Q8_0"),
        ("https://huggingface.co/org/repo/tree/main", "hf.co/org/repo"),
        ("https://huggingface.co/org/repo/blob/main/x-Q4_K_M.gguf?download=true", "hf.co/org/repo:x-Q4_K_M.gguf"),
        ("https://ollama.com/library/qwen3:8b", "qwen3:8b"),
        ("https://ollama.com/someone/model", "someone/model"),
        ("registry.lab:5000/team/model:1", "registry.lab:5000/team/model:1"),
    ],
)
def test_a_model_is_named_as_people_paste_it(pasted, name):
    assert reference(pasted) == name


@pytest.mark.parametrize(
    "pasted", ["", "  ", "a b", "../../etc", "qwen3:8b; rm -rf /", "模型", "x" * 300, "-x", "a//b"]
)
def test_what_names_no_model_is_refused(pasted):
    with pytest.raises(BadName):
        reference(pasted)


def test_a_modelfile_becomes_fields():
    text = '''# ours
FROM qwen3:8b
PARAMETER temperature 0.3
PARAMETER stop "<|im_end|>"
parameter stop AI:
PARAMETER num_ctx 8192
TEMPLATE """{{ .System }}
{{ .Prompt }}"""
SYSTEM You are brief.
MESSAGE user Hello
MESSAGE assistant "Hi."
LICENSE """
MIT
"""
'''
    assert body_of(text) == {
        "from": "qwen3:8b",
        "parameters": {"temperature": 0.3, "stop": ["<|im_end|>", "AI:"], "num_ctx": 8192},
        "template": "{{ .System }}\n{{ .Prompt }}",
        "system": "You are brief.",
        "messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi."}],
        "license": "\nMIT\n",
    }
    assert parameters_of("top_k 20\n\nPARAMETER min_p 0.1") == {"top_k": 20, "min_p": 0.1}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("FROM ./model.gguf", "path"),
        ("FROM /data/model", "path"),
        ("ADAPTER ./lora.gguf", "path"),
        ("PARAMETER temperature hot", "parameter"),
        ("PARAMETER fly high", "parameter"),
        ("MESSAGE tool x", "role"),
        ("nonsense", "line"),
        ("SING loudly", "line"),
        ('TEMPLATE """never closed', "line"),
    ],
)
def test_a_modelfile_that_cannot_be_used_says_where(text, code):
    with pytest.raises(BadModelfile) as problem:
        body_of(text)
    assert problem.value.code == code


@pytest.mark.parametrize(
    ("told", "lacks"),
    [
        ({"template": CHATML, "capabilities": ["completion"]}, False),
        ({"template": "{{ .Prompt }}", "capabilities": ["completion"]}, True),
        ({"template": " {{- .Prompt -}}\n", "capabilities": ["completion"]}, True),
        ({"template": "", "capabilities": ["completion"]}, True),
        ({"capabilities": ["completion"]}, True),
        ({"template": "{{ .Prompt }}", "renderer": "qwen3-coder", "capabilities": ["completion"]}, False),
        ({"template": "", "capabilities": ["embedding"]}, False),
        (None, False),
    ],
)
def test_a_model_without_a_chat_template_is_known(told, lacks):
    assert shown(told).lacks_template is lacks


@pytest.mark.parametrize("nonsense", [None, [], "x", {"models": 3}, {"models": [None, 4, {}, {"name": 5}]}])
def test_nonsense_is_an_empty_list(nonsense):
    assert installed(nonsense) == in_memory(nonsense) == []


def test_times_of_go_are_read():
    assert moment("2026-10-01T12:05:00.123456789+02:00").microsecond == 123456
    assert moment("2026-10-01T12:05:00Z").hour == 12
    assert moment("2318-10-01T12:05:00Z") is None, "for ever"
    assert moment("0001-01-01T00:00:00Z") is moment("soon") is moment(None) is None


def test_layers_are_counted_together():
    progress = Progress()
    for line in (
        {"status": "pulling a", "digest": "a", "total": 100},
        {"status": "pulling a", "digest": "a", "total": 100, "completed": 40},
        {"status": "pulling b", "digest": "b", "total": 900, "completed": 100},
        {"status": "pulling a", "digest": "a", "total": 100, "completed": 100},
    ):
        progress.take(line)
    assert (progress.step, progress.done, progress.total) == ("pulling a", 200, 1000)


def test_a_model_is_loaded_ahead_as_the_next_question_would():
    assert load_recipe(Model(name="m", window=131072)) == {"options": {"num_ctx": 4096}}
    small = Model(name="m", window=2048, keep_alive="24h")
    assert load_recipe(small) == {"options": {"num_ctx": 2048}, "keep_alive": "24h"}
    assert load_recipe(Model(name="e", kind="embedding", keep_alive="-1")) == {"embeds": True, "keep_alive": -1}


@pytest.fixture
def server():
    with OllamaServer() as server:
        yield server
        server.release.set()
        server.finish_pull.set()


@pytest.fixture
def connection(server, transactional_db, monkeypatch):
    monkeypatch.setattr(jobs, "BEAT", 0.05)
    connection = Connection.objects.create(name="Lab", kind="ollama", base_url=server.address, product="Ollama")
    yield connection
    server.finish_pull.set()
    eventually(lambda: not jobs._threads.get(connection.pk))


def begun(connection, kind="pull", model="gemma3", **recipe) -> OllamaJob:
    return jobs.start(OllamaJob(connection=connection, kind=kind, model=model, recipe=recipe))


def ended(job) -> OllamaJob:
    eventually(lambda: OllamaJob.objects.filter(pk=job.pk).exclude(state__in=["queued", "running"]).exists())
    job.refresh_from_db()
    return job


def test_a_pull_ends_with_the_model_in_the_catalogue(server, connection):
    job = ended(begun(connection))
    assert (job.state, job.problem_code, server.pulled) == ("done", "", ["gemma3"])
    eventually(lambda: Model.objects.filter(name="gemma3:latest", present=True).exists())


def test_how_far_a_pull_is_stands_in_its_row(server, connection):
    server.pulls = "slow"
    job = begun(connection)
    eventually(lambda: OllamaJob.objects.get(pk=job.pk).percent == 50)
    server.finish_pull.set()
    assert ended(job).state == "done"


def test_to_cancel_a_pull_hangs_up_on_the_server(server, connection):
    server.pulls = "slow"
    job = begun(connection)
    eventually(lambda: OllamaJob.objects.get(pk=job.pk).done_bytes)
    job.wish_cancel()
    assert ended(job).state == "cancelled"
    eventually(server.pull_left.is_set)
    assert server.pulled == []


@pytest.mark.parametrize(
    ("pulls", "code", "words"), [("fails", "disk_full", "no space left"), ("unknown", "no_such_model", "manifest")]
)
def test_a_pull_that_fails_says_why_and_can_be_tried_again(server, connection, pulls, code, words):
    server.pulls = pulls
    job = ended(begun(connection))
    assert (job.state, job.problem_code) == ("failed", code)
    assert words in job.problem_said
    server.pulls = "normal"
    assert job.again()
    jobs.attend(connection.pk)
    assert ended(job).state == "done"


def test_a_server_that_is_away_is_a_failure_with_a_name(connection):
    connection.base_url = "http://127.0.0.1:9"
    connection.save()
    job = ended(begun(connection))
    assert (job.state, job.problem_code) == ("failed", "unreachable")


def test_no_more_than_a_few_are_worked_on_at_once_and_the_rest_waits(server, connection):
    server.pulls = "slow"
    for number in range(5):
        begun(connection, model=f"m{number}")
    states = OllamaJob.objects.filter(connection=connection).values_list("state", flat=True)
    eventually(lambda: sorted(states.all()) == ["queued"] * 2 + ["running"] * 3)
    server.finish_pull.set()
    eventually(lambda: set(states.all()) == {"done"}, seconds=20)


def test_what_nobody_works_on_any_more_is_interrupted(connection):
    job = OllamaJob.objects.create(connection=connection, kind="pull", model="m", state="running")
    OllamaJob.objects.filter(pk=job.pk).update(beat_at="2026-01-01T00:00:00Z")
    jobs.attend(connection.pk)
    job.refresh_from_db()
    assert job.state == "interrupted"
    assert job.again()


def test_a_model_is_loaded_and_stays_as_wished(server, connection):
    assert ended(begun(connection, "load", "qwen3:8b", options={"num_ctx": 4096}, keep_alive="24h")).state == "done"
    (body,) = server.asked_at("/api/generate")
    assert body == {"model": "qwen3:8b", "stream": False, "options": {"num_ctx": 4096}, "keep_alive": "24h"}
    assert server.loaded == ["qwen3:8b"]


def test_uploaded_weights_go_over_once_with_their_checksum(server, connection):
    recipe = {"body": {"system": "Brief."}, "uploads": [{"role": "weights", "name": "w.gguf", "size": len(GGUF)}]}
    for name in ("first", "second"):
        job = OllamaJob.objects.create(connection=connection, kind="create", model=name, recipe=recipe)
        path = uploads.path_of(job, 0)
        path.parent.mkdir(parents=True)
        path.write_bytes(GGUF)
        jobs.attend(connection.pk)
        assert ended(job).state == "done", job.problem_said
        eventually(lambda path=path: not path.exists())
    digest = f"sha256:{hashlib.sha256(GGUF).hexdigest()}"
    assert server.blobs == {digest: GGUF}
    sent = [request.method for request in server.requests if request.path == f"/api/blobs/{digest}"]
    assert sent == ["HEAD", "POST", "HEAD"], "the server had it the second time"
    assert server.created[0] == {"model": "first", "system": "Brief.", "files": {"w.gguf": digest}, "stream": True}


def test_an_upload_that_is_gone_is_said(connection):
    recipe = {"uploads": [{"role": "weights", "name": "w.gguf", "size": 5}]}
    job = ended(begun(connection, "create", "m", **recipe))
    assert (job.state, job.problem_code) == ("failed", "file_missing")
