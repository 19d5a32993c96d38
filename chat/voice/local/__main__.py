"""`python -m chat.voice.local --port N --models DIR`: the process that holds no model itself, and starts what does."""

import argparse
import contextlib
import logging
import signal
import sys
from pathlib import Path
from types import FrameType

from chat.voice.local.server import VoiceServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="chat.voice.local", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--models", type=Path, required=True, help="the folder of models and voices")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGTERM, _leave)
    with contextlib.suppress(KeyboardInterrupt):
        VoiceServer((given.host, given.port), given.models.resolve()).serve_forever()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


main()
