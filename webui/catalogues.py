"""The Chinese catalogue: the .po files become one .mo, and what the scripts need of it a JSON file."""

import json
import re
from pathlib import Path

import polib

from webui.conf import ROOT

LOCALE = ROOT / "webui" / "locale"
SCRIPTS = ROOT / "static" / "src"

# t("…") and tn("one", "other", n) of static/src/i18n.ts; the texts are plain string literals, never joined.
_LITERAL = r'"((?:[^"\\\n]|\\.)*)"'
_T = re.compile(rf"\bt\(\s*{_LITERAL}")
_TN = re.compile(rf"\btn\(\s*{_LITERAL}\s*,\s*{_LITERAL}")


def sources() -> list[Path]:
    """Every .po file that is merged, the one that wins first."""
    return [LOCALE / "zh_Hans" / "LC_MESSAGES" / "django.po", *sorted((LOCALE / "parts").glob("*.po"))]


def merged() -> polib.POFile:
    """All translations; where two parts translate the same text, the earlier file wins."""
    catalogue = polib.POFile()
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": "zh_Hans",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    seen: set[tuple[str | None, str]] = set()
    for path in sources():
        if not path.exists():
            continue
        for entry in polib.pofile(str(path)):
            key = (entry.msgctxt, entry.msgid)
            if key not in seen and entry.translated():
                seen.add(key)
                catalogue.append(entry)
    return catalogue


def compile_messages(catalogue: polib.POFile) -> None:
    """Write the .mo beside the main .po; Django reads nothing else."""
    target = sources()[0].with_suffix(".mo")
    target.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save_as_mofile(str(target))


def script_texts() -> set[str]:
    """Every English text that the scripts show."""
    texts: set[str] = set()
    for path in SCRIPTS.rglob("*.ts"):
        if path.name.endswith(".test.ts"):
            continue
        code = path.read_text(encoding="utf-8")
        texts.update(_unquoted(match) for match in _T.findall(code))
        texts.update(_unquoted(one) for one, _other in _TN.findall(code))
    return texts


def write_script_catalogue(catalogue: polib.POFile, target: Path) -> None:
    """The part of the catalogue that the scripts use, as {English: Chinese}."""
    wanted = script_texts()
    chosen = {
        entry.msgid: entry.msgstr_plural[0] if entry.msgid_plural else entry.msgstr
        for entry in catalogue
        if entry.msgid in wanted
    }
    target.write_text(json.dumps(chosen, ensure_ascii=False, sort_keys=True), encoding="utf-8")


def _unquoted(literal: str) -> str:
    return str(json.loads(f'"{literal}"'))
