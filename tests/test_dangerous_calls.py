"""Nothing of the product makes code, a command line, a template or an object out of text that somebody gives it."""

import ast

import pytest

from webui.conf import ROOT

# What builds objects, or code, from bytes.
MODULES = {"dill", "jsonpickle", "marshal", "pickle", "shelve", "yaml"}
NAMES = {"eval", "exec", "__import__"}
METHODS = {"from_string", "getoutput", "getstatusoutput", "popen", "system"}


def dangers(source):
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.partition(".")[0] in MODULES}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = str(node.module)
            found |= {module} if module.partition(".")[0] in MODULES else set()
            if module == "django.template":
                found |= {alias.name for alias in node.names if alias.name in ("Template", "Engine")}
        elif isinstance(node, ast.Call):
            found |= _of_call(node)
    return found


def _of_call(node):
    shell = any(k.arg == "shell" and getattr(k.value, "value", True) is not False for k in node.keywords)
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    return ({"shell"} if shell else set()) | ({name} & NAMES) | ({method} & METHODS)


def test_no_text_becomes_code_a_command_line_a_template_or_an_object():
    bad = {}
    for app in ("webui", "chat", "knowledge", "providers"):
        for path in (ROOT / app).rglob("*.py"):
            if found := dangers(path.read_text(encoding="utf-8")):
                bad[str(path.relative_to(ROOT))] = found
    assert not bad


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from yaml import safe_load",
        "eval(text)",
        "subprocess.run(line, shell=True)",
        "subprocess.run(line, shell=wanted)",
        "os.system(line)",
        "from django.template import Template",
        "engines['django'].from_string(text)",
    ],
)
def test_a_dangerous_call_would_be_found(source):
    assert dangers(source)


def test_tasks_are_told_in_json_alone():
    from webui.celery import app

    assert app.conf.task_serializer == "json"
    assert list(app.conf.accept_content) == ["json"]
