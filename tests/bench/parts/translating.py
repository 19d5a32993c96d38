"""Questions put into another language by a real chat model, with the very request the product makes of it.

`BENCH_TRANSLATOR` names a GGUF file; without it, it is the small model that the tests have.
"""

import json
import os
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def translator():
    """The model's name and a function question -> question in English ('' when nothing usable came); None where no
    model can be had."""
    # It reads the settings when it is imported, which must not be before the benchmark has made them.
    from tests.servers.llama import NAME, Llama, llama_with

    given = os.environ.get("BENCH_TRANSLATOR", "")
    name = Path(given).stem or NAME
    try:
        server = Llama(given, name) if given else llama_with()
        server.seconds = 300  # of a busy machine, to load the model
        server.start()
    except (pytest.skip.Exception, AssertionError):
        yield name, None
        return
    try:
        yield name, lambda question: _asked(server, question)
    finally:
        server.stop()


def _asked(server, question: str) -> str:
    from chat import rewording
    from knowledge.languages import Written

    prompt = rewording._prompt(question, (), Written(cjk=False, language="English", sample=""))
    body = {"model": server.model, "messages": [{"role": "user", "content": prompt}], "max_tokens": 200}
    content = json.dumps(body | {"temperature": 0}).encode()
    request = urllib.request.Request(f"{server.url}/chat/completions", content, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        return rewording.cleaned(json.loads(answer.read())["choices"][0]["message"]["content"])
