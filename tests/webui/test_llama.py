"""The real small model that other tests talk to: it is there, and it reads what it is given."""

import json
import urllib.request

import pytest


@pytest.mark.real_model
def test_the_real_model_answers_from_its_context(llama_server):
    question = "The meeting room is called Nightingale. What is the meeting room called? Answer with one word."
    body = {"model": llama_server.model, "messages": [{"role": "user", "content": question}], "max_tokens": 12}
    request = urllib.request.Request(
        f"{llama_server.url}/chat/completions",
        json.dumps(body | {"temperature": 0}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        said = json.load(answer)
    assert "nightingale" in said["choices"][0]["message"]["content"].lower()
