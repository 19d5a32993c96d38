"""The release that this is."""

import tomllib
from functools import cache

from webui.conf import ROOT


@cache
def own_version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
