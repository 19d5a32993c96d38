"""The administration's pages of Ollama servers, driven as root would."""

import json
import re

import pytest
from django.contrib.messages import get_messages

from providers.models import Connection, Model, OllamaJob
from providers.ollama_admin import jobs, uploads
from tests.servers.ollama_library import MODELS
from tests.servers.ollama_server import OllamaServer
from tests.waiting import eventually
from webui.conf import conf

GGUF = b"GGUF" + b"\3\0\0\0" + b"weights " * 5000
BARE = {"capabilities": ["completion"], "template": "{{ .Prompt }}", "x.context_length": 8192}


@pytest.fixture
def server():
    with OllamaServer(models={**MODELS, "bare:latest": BARE}) as server:
        yield server
        server.finish_pull.set()


@pytest.fixture
def connection(server, transactional_db, monkeypatch):
    monkeypatch.setattr(jobs, "BEAT", 0.05)
    connection = Connection.objects.create(name="Lab", kind="ollama", base_url=server.address, product="Ollama")
    for name in ("qwen3:8b", "bare:latest"):
        Model.objects.create(connection=connection, name=name, public_id=name, window=40960)
    yield connection
    server.finish_pull.set()
    eventually(lambda: not jobs._threads.get(connection.pk))


@pytest.fixture
def panel(client, root, connection):
    client.force_login(root)
    return client


def at(connection, rest="") -> str:
    return f"/admin/ollama/{connection.pk}/{rest}"


def said(response) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def states(connection):
    return sorted(OllamaJob.objects.filter(connection=connection).values_list("model", "state"))


def test_ordinary_people_find_no_such_page(client, connection, alice):
    client.force_login(alice)
    for rest in ("", "jobs/", "create/", "model/?name=qwen3:8b"):
        assert client.get(at(connection, rest)).status_code == 404
    for rest in ("pull/", "delete/", "copy/", "load/", "unload/", "update/", "create/"):
        assert client.post(at(connection, rest), {"name": "x"}).status_code == 404
    assert states(connection) == []


def test_the_only_server_shows_itself_at_once(panel, connection):
    assert panel.get("/admin/ollama/").headers["Location"] == at(connection)


def test_several_servers_are_listed_and_one_that_is_away_says_so(panel, connection):
    Connection.objects.create(name="Gone", kind="ollama", base_url="http://127.0.0.1:9")
    page = panel.get("/admin/ollama/").content.decode()
    assert "Lab" in page
    assert "4 models" in page
    assert "The Ollama server cannot be reached" in page


def test_the_page_shows_what_is_installed_and_what_is_loaded(panel, server, connection):
    server.loaded, server.windows = ["qwen3:8b"], {"qwen3:8b": 8192}
    page = panel.get(at(connection)).content.decode()
    for text in ("Ollama 0.20.1", "qwen3:8b", "8.2B Q4_K_M", "8192 tokens", "85 % on the graphics card", "12:05 UTC"):
        assert text in page, text
    assert page.count("no chat template") == 1
    assert re.search(r"bare:latest</bdi></a>\s*<span class=\"badge badge--warn\">no chat template", page)


def test_a_server_that_is_away_has_its_sentence(panel, server, connection):
    Connection.objects.update(base_url="http://127.0.0.1:9")
    page = panel.get(at(connection)).content.decode()
    assert "The Ollama server cannot be reached. Is it running" in page


def test_a_pull_is_followed_and_cancelled_from_any_page(panel, server, connection):
    server.pulls = "slow"
    panel.post(at(connection, "pull/"), {"name": "https://huggingface.co/org/repo"})
    eventually(lambda: (panel.get(at(connection, "jobs/")).json()["jobs"] or [{}])[0].get("percent") == 50)
    (job,) = panel.get(at(connection, "jobs/")).json()["jobs"]
    assert (job["model"], job["state"], job["step"]) == ("hf.co/org/repo", "running", "receiving")
    page = panel.get(at(connection)).content.decode()
    assert 'value="50"' in page
    assert "3.7\xa0GB / 7.5\xa0GB" in page
    panel.post(at(connection, f"jobs/{job['id']}/cancel/"))
    eventually(lambda: states(connection) == [("hf.co/org/repo", "cancelled")])
    eventually(server.pull_left.is_set)


def test_the_same_is_not_pulled_twice_at_once(panel, server, connection):
    server.pulls = "slow"
    panel.post(at(connection, "pull/"), {"name": "gemma3"})
    response = panel.post(at(connection, "pull/"), {"name": "gemma3"})
    assert "being pulled already" in said(response)
    assert len(states(connection)) == 1


def test_what_is_no_name_is_said(panel, connection):
    assert "cannot be read as the name" in said(panel.post(at(connection, "pull/"), {"name": "; rm -rf /"}))
    assert states(connection) == []


def test_a_failed_pull_is_explained_and_tried_again(panel, server, connection):
    server.pulls = "fails"
    panel.post(at(connection, "pull/"), {"name": "gemma3"})
    eventually(lambda: states(connection) == [("gemma3", "failed")])
    page = panel.get(at(connection)).content.decode()
    assert "The disk of the Ollama server is full." in page
    server.pulls = "normal"
    panel.post(at(connection, f"jobs/{OllamaJob.objects.get().pk}/again/"))
    eventually(lambda: states(connection) == [("gemma3", "done")])


def test_all_models_are_updated(panel, server, connection):
    panel.post(at(connection, "update/"))
    eventually(lambda: {state for _name, state in states(connection)} == {"done"} and len(server.pulled) == 4)


def test_one_model_in_full_and_what_is_set_for_it(panel, connection):
    page = panel.get(at(connection, "model/?name=bare:latest")).content.decode()
    assert "goes on with it in place of answering" in page
    settings = {"keep_alive": " 24H ", "window_cap": "16384"}
    panel.post(at(connection, "model/?name=bare:latest"), settings)
    model = Model.objects.get(name="bare:latest")
    assert (model.keep_alive, model.window_cap) == ("24h", 16384)
    refused = panel.post(at(connection, "model/?name=bare:latest"), {"keep_alive": "soon", "window_cap": "5"})
    assert b"Enter a time such as 5m" in refused.content
    assert b"at least 256 tokens" in refused.content
    assert panel.get(at(connection, "model/?name=nothing")).status_code == 404


def test_load_unload_copy_delete(panel, server, connection):
    panel.post(at(connection, "load/"), {"name": "qwen3:8b"})
    eventually(lambda: server.loaded == ["qwen3:8b"])
    assert "out of the memory" in said(panel.post(at(connection, "unload/"), {"name": "qwen3:8b"}))
    assert server.loaded == []
    panel.post(at(connection, "copy/"), {"source": "qwen3:8b", "name": "ours"})
    assert "ours:latest" in server.models
    assert Model.objects.filter(name="ours:latest", present=True).exists()
    panel.post(at(connection, "delete/"), {"name": "ours:latest", "sure": "ours"})
    assert "ours:latest" in server.models, "the name was not typed"
    panel.post(at(connection, "delete/"), {"name": "ours:latest", "sure": "ours:latest"})
    assert "ours:latest" not in server.models
    assert not Model.objects.get(name="ours:latest").present
    response = panel.post(at(connection, "delete/"), {"name": "ours:latest", "sure": "ours:latest"})
    assert "does not have this model" in said(response)


def test_a_model_is_made_from_another(panel, server, connection):
    form = {"name": "brief", "base": "qwen3:8b", "system": "Be brief.", "parameters": "temperature 0.3\nstop AI:"}
    panel.post(at(connection, "create/"), form)
    eventually(lambda: states(connection) == [("brief", "done")])
    parameters = {"temperature": 0.3, "stop": ["AI:"]}
    made = {"from": "qwen3:8b", "system": "Be brief.", "parameters": parameters, "model": "brief", "stream": True}
    assert server.created == [made]


def test_a_modelfile_is_pasted(panel, server, connection):
    text = "FROM qwen3:8b\nPARAMETER top_k 20\nSYSTEM Hm.\n"
    panel.post(at(connection, "create/"), {"name": "pasted", "system": "Rather this.", "modelfile": text})
    eventually(lambda: server.created)
    assert server.created[0]["parameters"] == {"top_k": 20}
    assert server.created[0]["system"] == "Rather this."


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "x"}, "Name a model of this server"),
        ({"name": "../x", "base": "qwen3:8b"}, "letters, digits"),
        ({"name": "bare", "base": "qwen3:8b"}, "a model of this name already"),
        ({"name": "x", "base": "qwen3:8b", "parameters": "fly high"}, "no such parameter"),
        ({"name": "x", "modelfile": "FROM ./w.gguf"}, "choose it below"),
        ({"name": "x", "weights_name": "w.gguf", "weights_size": str(10**15)}, "larger than the 64 GB"),
    ],
)
def test_what_cannot_be_made_says_why(panel, connection, form, words):
    assert words in panel.post(at(connection, "create/"), form).content.decode()
    answer = panel.post(at(connection, "create/"), form, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert words in str(answer.json()["errors"])
    assert states(connection) == []


SIZE = len(GGUF)


def announced(panel, connection, size=SIZE, **more):
    form = {"name": "mine", "weights_name": "C:\\w.gguf", "weights_size": str(size), **more}
    return panel.post(at(connection, "create/"), form, headers={"Accept": "application/json"}).json()


def sent(panel, address, offset, data):
    return panel.put(f"{address}&offset={offset}", data, content_type="application/octet-stream")


def test_weights_arrive_in_pieces_and_become_a_model(panel, server, connection):
    told = announced(panel, connection, system="Brief.")
    address = told["files"][0]["address"]
    assert sent(panel, address, 0, GGUF[:30_000]).json() == {"have": 30_000}
    assert states(connection) == [("mine", "uploading")]
    behind = sent(panel, address, 0, GGUF[:30_000])
    assert (behind.status_code, behind.json()["have"]) == (409, 30_000), "what broke goes on from there"
    assert sent(panel, address, 30_000, GGUF[30_000:]).json() == {"have": len(GGUF)}
    eventually(lambda: states(connection) == [("mine", "done")])
    assert list(server.blobs.values()) == [GGUF]
    assert server.created[0]["files"] == {"w.gguf": next(iter(server.blobs))}
    assert sent(panel, address, 0, GGUF).status_code == 404
    eventually(lambda: not any((conf.data / "ollama-uploads").iterdir()))


def test_an_adapter_goes_beside_its_base(panel, server, connection):
    form = {"name": "tuned", "base": "qwen3:8b", "adapter_name": "a.gguf", "adapter_size": str(len(GGUF))}
    told = panel.post(at(connection, "create/"), form, headers={"Accept": "application/json"}).json()
    sent(panel, told["files"][0]["address"], 0, GGUF)
    eventually(lambda: server.created)
    assert server.created[0]["adapters"] == {"a.gguf": next(iter(server.blobs))}
    assert server.created[0]["from"] == "qwen3:8b"


@pytest.mark.parametrize(
    ("data", "offset", "status"),
    [(b"MZ\x90 not weights", 0, 415), (GGUF + b"more", 0, 413), (GGUF[:10], 7, 409), (GGUF, -5, 400)],
)
def test_a_piece_that_does_not_fit_is_refused(panel, connection, data, offset, status):
    address = announced(panel, connection)["files"][0]["address"]
    assert sent(panel, address, offset, data).status_code == status
    assert states(connection) == [("mine", "uploading")]
    job = OllamaJob.objects.get()
    assert not uploads.path_of(job, 0).exists() or uploads.path_of(job, 0).stat().st_size == 0


def test_a_piece_that_says_it_is_too_large_is_not_read(panel, connection):
    address = announced(panel, connection, size=10**9)["files"][0]["address"]
    refused = panel.generic(
        "PUT", f"{address}&offset=0", GGUF, "application/octet-stream", CONTENT_LENGTH=str(uploads.PIECE + 1)
    )
    assert refused.status_code == 413


def test_a_full_disk_is_said_before_anything_is_sent(panel, connection, monkeypatch):
    monkeypatch.setattr(uploads, "_SPARE", 10**18)
    assert "not enough room" in json.dumps(announced(panel, connection))


def test_to_cancel_an_upload_removes_what_had_arrived(panel, connection):
    address = announced(panel, connection)["files"][0]["address"]
    sent(panel, address, 0, GGUF[:100])
    job = OllamaJob.objects.get()
    panel.post(at(connection, f"jobs/{job.pk}/cancel/"))
    assert states(connection) == [("mine", "cancelled")]
    assert not uploads.path_of(job, 0).exists()
