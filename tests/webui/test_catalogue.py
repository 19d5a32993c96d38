"""Everything a person reads is there in Chinese too: scripts, templates and Python."""

import ast
import re

import pytest
from django.utils.translation.template import templatize

from webui import catalogues
from webui.conf import ROOT

CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
APPS = ("webui", "providers", "knowledge", "chat")
# What Django and allauth bring translations for themselves.
QUOTED = r"u?(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
IN_TEMPLATES = re.compile(rf"(?:n?gettext|_|pgettext\(\s*({QUOTED})\s*,|npgettext)\(?\s*({QUOTED})")


def texts_of_templates():
    for path in (ROOT / "templates").rglob("*.html"):
        for match in IN_TEMPLATES.finditer(templatize(path.read_text(encoding="utf-8"))):
            yield match[1] and ast.literal_eval(match[1]), ast.literal_eval(match[2]), path


def texts_of_python():
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _name(node.func) in CALLS and node.args:
                    *context, words = node.args[: 2 if _name(node.func).startswith("pgettext") else 1]
                    if isinstance(words, ast.Constant) and isinstance(words.value, str):
                        yield context[0].value if context else None, words.value, path


def _name(function):
    return getattr(function, "id", getattr(function, "attr", ""))


def test_every_text_has_its_chinese():
    known = {(entry.msgctxt, entry.msgid) for entry in catalogues.merged()}
    wanted = {(None, text, "static/src") for text in catalogues.script_texts()}
    for context, text, path in (*texts_of_templates(), *texts_of_python()):
        wanted.add((context, text, str(path.relative_to(ROOT))))
    missing = sorted(f"{where}: {text}" for ctx, text, where in wanted if text.strip() and (ctx, text) not in known)
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("kind", ["{}", "%()"])
def test_translations_keep_what_is_filled_in(kind):
    pattern = re.compile(r"\{\w*\}" if kind == "{}" else r"%\(\w+\)[sd]")
    for entry in catalogues.merged():
        for chinese in [entry.msgstr, *entry.msgstr_plural.values()]:
            if chinese:
                english = set(pattern.findall(entry.msgid)) | set(pattern.findall(entry.msgid_plural))
                assert set(pattern.findall(chinese)) <= english, entry.msgid
                assert set(pattern.findall(entry.msgid)) <= set(pattern.findall(chinese)), entry.msgid


def test_the_sources_are_found():
    assert len(catalogues.script_texts()) > 50
    assert "Chats" in {text for _context, text, _path in texts_of_templates()}
