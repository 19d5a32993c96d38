"""`manage.py sbom`: the list of parts of what is installed here, for whoever has to answer for it."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from webui.parts_list import bill


class Command(BaseCommand):
    help = "Prints the list of parts (SBOM, CycloneDX 1.6 as JSON) of the Python packages that webui uses here."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(bill(), ensure_ascii=False, indent=1))
