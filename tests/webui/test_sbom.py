"""The list of parts fits what is installed, and holds all that webui asks for."""

import json
import re
import tomllib
from importlib.metadata import version
from io import StringIO

from django.core.management import call_command
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from webui.conf import ROOT
from webui.parts_list import bill


def test_the_list_of_parts_is_what_is_installed():
    out = StringIO()
    call_command("sbom", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    parts = {part["name"]: part for part in told["components"]}
    assert len(parts) == len(told["components"]) > 60
    for name, part in parts.items():
        assert part["version"] == version(name)
        assert part["purl"] == f"pkg:pypi/{name}@{part['version']}"
        assert re.fullmatch("[0-9a-f]{64}", part["hashes"][0]["content"]), name
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    here = [one for one in map(Requirement, wanted) if one.marker is None or one.marker.evaluate()]
    assert {canonicalize_name(one.name) for one in here} <= parts.keys()
    assert all(one.specifier.contains(parts[canonicalize_name(one.name)]["version"]) for one in here)
    unlicensed = sorted(name for name, part in parts.items() if "licenses" not in part)
    assert len(unlicensed) <= 8, unlicensed


def test_it_is_the_same_each_time():
    assert bill() == bill()
