"""Compiles every template of the project, so that a typing error is found before a person opens the page."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateSyntaxError
from django.template.loader import get_template

from webui.conf import ROOT


class Command(BaseCommand):
    help = "Compiles every template of the project."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = ROOT / "templates"
        faults = []
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = str(path.relative_to(folder))
            try:
                get_template(name)
            except TemplateSyntaxError as error:
                faults.append(f"{name}: {error}")
        if faults:
            raise CommandError("\n".join(faults))
        self.stdout.write("Every template compiles.")
