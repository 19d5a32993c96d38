"""The real voice process with the weights of .cache/models/voice; what is missing is a reason to skip."""

import sys
from importlib.util import find_spec

from tests.servers.models import VOICE
from tests.servers.processes import Server, free_port
from webui.voice_weights import FILES


def lacking():
    """Why there is no voice on this machine; empty when there is."""
    if not (find_spec("faster_whisper") and find_spec("piper")):
        return "The extra “voice” is not installed."
    missing = [file.name for file in FILES if not (VOICE / file.name).exists()]
    return f"`make test-models` brings {', '.join(missing)}." if missing else ""


def local_voice():
    port = free_port()
    argv = [sys.executable, "-m", "chat.voice.local", "--port", str(port), "--models", str(VOICE)]
    server = Server(argv, f"http://127.0.0.1:{port}/healthz")
    server.address = f"http://127.0.0.1:{port}"
    return server
