"""llama.cpp's own server with a real small model on one thread; the tests that want it skip where it cannot be had."""

import importlib.util
import subprocess
import sys

import pytest

from tests.servers.models import FOLDER, QWEN
from tests.servers.processes import Server, free_port

NAME = "qwen2.5-0.5b"


class Llama(Server):
    """`url` is the base URL for a connection, `model` the id it answers to."""

    def __init__(self, weights, name=NAME, context=8192):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.model = name
        self.context = context
        argv = [sys.executable, "-m", "webui.demo.llama", str(weights), str(self.port), name, str(context)]
        super().__init__(
            argv, f"http://127.0.0.1:{self.port}/health", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


def llama_with(weights=QWEN, name=NAME):
    """A server that is not started yet, or a skipped test with the reason."""
    path = FOLDER / weights.file_name
    if not path.exists():
        pytest.skip(f"{weights.file_name} is not in .cache/models; `make test-models` fetches it")
    if not importlib.util.find_spec("xllamacpp"):
        pytest.skip("llama.cpp is not installed; the extra `demo` brings it")
    return Llama(path, name)
