"""`manage.py config`: each setting with its value, secrets masked, and where the value is from."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from webui.conf import conf, setting_sources


class Command(BaseCommand):
    help = "Lists every setting: its value (secrets masked), and whether it is given or the default."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json", help="for programs")

    def handle(self, *args: Any, as_json: bool, **options: Any) -> None:
        found = setting_sources(conf)
        if as_json:
            self.stdout.write(json.dumps([setting.__dict__ for setting in found], ensure_ascii=False, indent=1))
            return
        width = max(len(setting.name) for setting in found)
        for setting in found:
            self.stdout.write(f"{setting.name:{width}}  {setting.source:11}  {setting.value or '–'}")
        self.stdout.write("\nWhat is set on the pages of the administration (models, search, limits) is not listed.")
