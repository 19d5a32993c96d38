"""Questions put into another language by a real chat model, with the very request the product makes of it."""

import json
import urllib.request
from contextlib import contextmanager

import pytest


@contextmanager
def translator():
    """A function question -> question in English ('' when nothing usable came); None where no model can be had."""
    # It reads the settings when it is imported, which must not be before the benchmark has made them.
    from tests.servers.llama import llama_with

    try:
        server = llama_with()
        server.seconds = 300  # of a busy machine, to load the model
        server.start()
    except (pytest.skip.Exception, AssertionError):
        yield None
        return
    try:
        yield lambda question: _asked(server, question)
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
