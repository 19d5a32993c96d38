"""The picker with 300 models on three connections, one of which takes connections and never answers.

How long a first look at the three takes, and then what the picker's data costs a person: while the servers are looked
at again behind it, and at rest.
"""

import json
import tempfile
import time
from pathlib import Path

from tests.bench.parts.measure import at
from tests.bench.parts.site import Site
from tests.servers.ollama_server import OllamaServer
from tests.servers.openai_server import OpenAIServer
from tests.waiting import eventually

EACH = 100  # models of a connection
LOOKS = 60  # times that the picker is opened
PULLED = {"capabilities": ["completion", "tools"], "qwen3.context_length": 40960}
CONNECTIONS = "tests.bench.parts.connections"


def bench() -> dict[str, float]:
    listed = [{"id": f"org/model-{number:03d}", "owned_by": "vllm", "max_model_len": 32768} for number in range(EACH)]
    pulled = {f"model-{number:03d}:8b": PULLED for number in range(EACH)}
    others = [{"id": f"lab-{number:03d}"} for number in range(EACH)]
    with (
        tempfile.TemporaryDirectory() as folder,
        OpenAIServer(models=listed) as one,
        OllamaServer(models=pulled) as two,
        OpenAIServer("hang", models=others) as silent,
        Site(Path(folder) / "data", one, OPENAI_BASE_URL="") as site,
    ):
        addresses = (one.base_url, f"{two.address}#ollama", silent.base_url)
        found = _named("first look, one server silent", json.loads(site.run(CONNECTIONS, *addresses)))
        silent.scenario = "normal"
        site.run(CONNECTIONS, *addresses)  # now it is known which models the silent one had
        silent.scenario = "hang"
        found |= _named("another look", json.loads(site.run(CONNECTIONS, *addresses)))
        (person,) = site.people(1)
        site.run(CONNECTIONS)
        before = len(silent.requests)
        found |= _named("data, looking again behind it", _opened(site, person))
        eventually(lambda: len(silent.requests) > before)
        site.settle()
        found |= _named("data, at rest", _opened(site, person))
        silent.release.set()
    return found


def _opened(site: Site, person: str) -> dict[str, float]:
    took = []
    begun = site.spent()
    for _look in range(LOOKS):
        sent = time.monotonic()
        models = json.loads(site.get("/api/models", person))
        took.append(time.monotonic() - sent)
    grey = sum(not model["available"] for model in models)
    assert (len(models), grey) == (3 * EACH, EACH), f"{grey} of {len(models)} are grey"
    processor = (site.spent() - begun) / LOOKS * 1000
    return {"ms p10": at(took, 10), "ms p50": at(took, 50), "ms p95": at(took, 95), "CPU ms": round(processor, 1)}


def _named(what: str, figures: dict[str, float]) -> dict[str, float]:
    return {f"picker, {what}: {name}": value for name, value in figures.items()}
