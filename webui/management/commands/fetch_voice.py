"""`manage.py fetch_voice`: an English voice and Whisper base, for the voice process of this machine (docs/voice.md)."""

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webui.conf import conf
from webui.demo.weights import WeightsUnavailable
from webui.voice_weights import fetch_all


class Command(BaseCommand):
    """Says what is still missing."""

    help = __doc__

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, default=conf.data / "voice")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            folder = fetch_all(options["folder"])
        except WeightsUnavailable as reason:
            raise CommandError(str(reason)) from None
        self.stdout.write(f"The models are in {folder}. Start the server anew, then choose them under Voice.")
        if not (find_spec("faster_whisper") and find_spec("piper")):
            self.stdout.write("They need the extra “voice”: make install EXTRAS='local keyless voice'.")
