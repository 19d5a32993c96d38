"""Addresses as people paste them, and those that are refused."""

import pytest

from providers.addresses import BadAddress, candidates, is_private, is_this_machine


@pytest.mark.parametrize(
    ("pasted", "openai"),
    [
        ("http://gpu:8001", "http://gpu:8001/v1"),
        ("http://gpu:8001/", "http://gpu:8001/v1"),
        ("http://gpu:8001/v1", "http://gpu:8001/v1"),
        ("http://gpu:8001/v1/", "http://gpu:8001/v1"),
        ("http://gpu:8001/v1/v1", "http://gpu:8001/v1"),
        ("http://gpu:8001//v1//", "http://gpu:8001/v1"),
        ("http://gpu:8001/v1/chat/completions", "http://gpu:8001/v1"),
        ("http://gpu:8001/v1/models?x=1", "http://gpu:8001/v1"),
        ("http://gpu:8001/docs#/default", "http://gpu:8001/v1"),
        ("http://gpu:8001/api/docs", "http://gpu:8001/v1"),
        ("http://gpu:8001/api", "http://gpu:8001/v1"),
        (" 'http://gpu:8001/v1' ", "http://gpu:8001/v1"),
        ("HTTP://GPU:8001", "http://gpu:8001/v1"),
        ("gpu:8001", "http://gpu:8001/v1"),
        ("8001", "http://localhost:8001/v1"),
        (":8001", "http://localhost:8001/v1"),
        ("curl -s http://gpu:8001/v1/models | jq", "http://gpu:8001/v1"),
        ("OPENAI_BASE_URL='http://gpu:8001/v1'", "http://gpu:8001/v1"),
        ('client = OpenAI(base_url="http://gpu:8001/v1", api_key="x")', "http://gpu:8001/v1"),
        ("localhost:8001", "http://localhost:8001/v1"),
        ("192.168.1.5:8000", "http://192.168.1.5:8000/v1"),
        ("[::1]:8000", "http://[::1]:8000/v1"),
        ("gpu.local", "http://gpu.local/v1"),
        ("api.openai.com", "https://api.openai.com/v1"),
        ("https://api.openai.com:443/v1", "https://api.openai.com/v1"),
        ("https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1"),
        ("https://open.example.cn/api/paas/v4/", "https://open.example.cn/api/paas/v4"),
        ("https://x.example.com/compatible-mode/v1", "https://x.example.com/compatible-mode/v1"),
        ("https://g.example.com/v1beta/openai/", "https://g.example.com/v1beta/openai"),
    ],
)
def test_every_form_of_an_address_becomes_the_base_address(pasted, openai):
    first = next(option for option in candidates(pasted) if option.kind == "openai")
    assert first.base_url == openai
    assert not any("/v1/v1" in option.base_url for option in candidates(pasted))


@pytest.mark.parametrize("pasted", ["gpu:11434", "http://gpu:11434/v1", "http://gpu:11434/api/", "gpu:11434/api/tags"])
def test_ollama_is_spoken_to_at_its_root(pasted):
    assert candidates(pasted)[0].base_url == "http://gpu:11434"


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("", "empty"),
        ("file:///etc/passwd", "scheme"),
        ("unix:/run/docker.sock", "scheme"),
        ("ftp://gpu/", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("http://user:secret@gpu/", "credentials"),
        ("http://user@gpu/", "credentials"),
        ("http://169.254.169.254/latest", "forbidden"),
        ("169.254.169.254", "forbidden"),
        ("http://2852039166/", "forbidden"),
        ("http://0xa9fea9fe/", "forbidden"),
        ("http://0251.0376.0251.0376/", "forbidden"),
        ("http://[::ffff:169.254.169.254]/", "forbidden"),
        ("http://[2002:a9fe:a9fe::]/", "forbidden"),
        ("http://[fd00:ec2::254]/", "forbidden"),
        ("http://100.100.100.200/", "forbidden"),
        ("http://metadata.google.internal./", "forbidden"),
        ("http://METADATA.google.internal", "forbidden"),
        ("http://gpu:99999/", "unreadable"),
        ("http://a b/", "unreadable"),
        ("http://gpu\\@169.254.169.254/", "unreadable"),
        ("http:///v1", "unreadable"),
    ],
)
def test_what_is_no_address_of_a_model_server_is_refused(pasted, code):
    with pytest.raises(BadAddress, match=f"^{code}$"):
        candidates(pasted)


def test_neighbours_and_this_machine_are_known_by_their_names():
    assert is_private("http://10.1.2.3/")
    assert is_private("http://gpu/")
    assert not is_private("https://api.openai.com/")
    assert is_this_machine("http://127.0.0.1:8000")
    assert is_this_machine("http://localhost")
    assert not is_this_machine("http://10.1.2.3/")
