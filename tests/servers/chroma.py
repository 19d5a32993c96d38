"""A real Chroma server at CHROMA_URL, on a folder of its own."""

import subprocess
import sys
from urllib.parse import urlsplit

from tests.servers.processes import Server

START = "import sys; sys.argv[0] = 'chroma'; import chromadb_rust_bindings as rust; rust.cli(sys.argv)"


def chroma_at(url, folder):
    port = urlsplit(url).port
    return Server(
        [sys.executable, "-c", START, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)],
        f"{url}/api/v2/heartbeat",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
