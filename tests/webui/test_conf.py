"""Settings: read once, typed, refused with a sentence, and all of them documented."""

import re
import threading

import pytest

from webui.conf import ROOT, BadSetting, _kept_secret, read_environment, setting_names


@pytest.fixture
def given(monkeypatch):
    def give(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return read_environment()

    return give


def test_lists_are_split_and_trimmed(given):
    settings = given(OPENAI_BASE_URL="http://one/v1; http://two/v1;", WEBUI_FETCH_ALLOW="10.0.0.0/8 ,wiki.local")
    assert settings.openai_base_urls == ("http://one/v1", "http://two/v1")
    assert settings.fetch_allow == ("10.0.0.0/8", "wiki.local")


def test_an_empty_value_means_the_default(given):
    assert given(WEBUI_SIGNUP="").signup == "pending"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("WEBUI_SIGNUP", "perhaps", "WEBUI_SIGNUP: Input should be 'open', 'pending' or 'closed'"),
        ("WEBUI_MAX_UPLOAD_MB", "0", "WEBUI_MAX_UPLOAD_MB"),
        ("CHROMA_URL", "chroma", "CHROMA_URL"),
        ("WEBUI_SINGUP", "open", "did you mean WEBUI_SIGNUP?"),
        ("WEBUI_COFFEE_KETTLE", "on", "docs/configuration.md lists them"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(given, name, value, words):
    with pytest.raises(BadSetting, match=re.escape(words)):
        given(**{name: value})


def test_the_made_secret_is_kept_and_private(tmp_path):
    first = _kept_secret(tmp_path / "new" / "secret_key")
    assert len(first) >= 50
    assert _kept_secret(tmp_path / "new" / "secret_key") == first
    assert (tmp_path / "new" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret_key"]


def test_two_first_starts_agree_on_the_secret(tmp_path):
    found, gate = [], threading.Barrier(8)

    def start():
        gate.wait()
        found.append(_kept_secret(tmp_path / "secret_key"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_every_setting_is_documented_with_its_meaning():
    table = dict(
        re.findall(r"^\| `([A-Z_]+)` \|[^|]*\| (.+) \|$", (ROOT / "docs" / "configuration.md").read_text(), re.M)
    )
    assert set(table) == set(setting_names())
