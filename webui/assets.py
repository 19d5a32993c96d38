"""The built page assets, as the esbuild manifest in static/dist lists them."""

import json
from dataclasses import dataclass
from functools import cache

from django.core.exceptions import ImproperlyConfigured

from webui.conf import ROOT

STATIC = ROOT / "static"
DIST = STATIC / "dist"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry script with what the browser can fetch beside it."""

    script: str
    imports: tuple[str, ...]
    css: str | None


def entry(name: str) -> Entry:
    """The entry of static/src/entries/NAME.ts."""
    try:
        return _manifest(_modified("manifest.json"))[name]
    except KeyError:
        raise ImproperlyConfigured(
            f"The page needs static/src/entries/{name}.ts, which is not built: run `manage.py build_assets`."
        ) from None


def catalogue(language: str) -> dict[str, str]:
    """{English: translation} for the scripts; empty for English."""
    path = f"catalogue.{language}.json"
    return _catalogue(path, _modified(path)) if (DIST / path).exists() else {}


def icons() -> dict[str, str]:
    """{name: drawing} as static/src/icons.json has them."""
    return _icons((STATIC / "src" / "icons.json").stat().st_mtime_ns)


def _modified(name: str) -> int:
    try:
        return (DIST / name).stat().st_mtime_ns
    except FileNotFoundError:
        raise ImproperlyConfigured("The page's assets are not built: run `manage.py build_assets`.") from None


@cache
def _manifest(_modified_at: int) -> dict[str, Entry]:
    listed = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
    return {
        name: Entry(script=item["script"], imports=tuple(item["imports"]), css=item["css"])
        for name, item in listed.items()
    }


@cache
def _catalogue(name: str, _modified_at: int) -> dict[str, str]:
    return dict(json.loads((DIST / name).read_text(encoding="utf-8")))


@cache
def _icons(_modified_at: int) -> dict[str, str]:
    return dict(json.loads((STATIC / "src" / "icons.json").read_text(encoding="utf-8")))
