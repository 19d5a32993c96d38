"""The shape of the code: sizes, names, and who may read the environment. Exceptions are named, each with its reason."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("webui", "chat", "knowledge", "providers")
LINES = {".py": 300, ".ts": 300, ".css": 250, ".html": 120}
FUNCTION_LINES = 40
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "services", "service"}

# file: why it may be longer
LONG_FILES: dict[str, str] = {}
# file:function: why it may be longer
LONG_FUNCTIONS: dict[str, str] = {}
# file: why it reads the environment besides webui/conf.py
ENVIRONMENT_READERS = {
    "webui/serve.py": "names the settings module before Django is loaded",
    "webui/asgi.py": "names the settings module before Django is loaded",
    "webui/celery.py": "names the settings module before Django is loaded",
    "webui/supervisor.py": "hands its environment on to the children; it must not import webui.conf",
    "webui/management/commands/build_assets.py": "hands its environment on to Node.js",
    "knowledge/embedder/__main__.py": "sets the number of threads before the libraries load; needs no Django",
}


def sources(*suffixes):
    folders = [ROOT / app for app in APPS] + [ROOT / "templates", ROOT / "static" / "src"]
    found = [path for folder in folders for path in folder.rglob("*") if path.suffix in suffixes]
    return [path for path in found if "migrations" not in path.parts and "node_modules" not in path.parts]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def python_modules():
    return [(name_of(path), ast.parse(path.read_text())) for path in sources(".py")]


def test_files_are_of_a_size_that_can_be_read():
    sizes = {name_of(path): (len(path.read_text().splitlines()), LINES[path.suffix]) for path in sources(*LINES)}
    assert len(sizes) > 50
    long = {name: f"{lines} lines, {most} allowed" for name, (lines, most) in sizes.items() if lines > most}
    assert set(long) == set(LONG_FILES), long


def test_functions_are_of_a_size_that_can_be_read():
    functions = {
        f"{name}:{node.name}": node.end_lineno - node.lineno + 1
        for name, module in python_modules()
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    long = {name: lines for name, lines in functions.items() if lines > FUNCTION_LINES}
    assert set(long) == set(LONG_FUNCTIONS), long


def test_modules_are_named_for_what_they_hold():
    nameless = [
        name_of(path) for path in sources(".py", ".ts") if path.stem in NAMELESS or path.parent.name in NAMELESS
    ]
    assert nameless == []


def test_modules_open_with_a_sentence_that_says_what_they_are_for():
    spoken = [(name, module) for name, module in python_modules() if module.body and not name.endswith("/apps.py")]
    silent = [name for name, module in spoken if not ast.get_docstring(module)]
    assert silent == []


def test_only_the_settings_read_the_environment():
    readers = {name for name, module in python_modules() if _touches_environment(module)} - {"webui/conf.py"}
    assert readers == set(ENVIRONMENT_READERS)


def _touches_environment(module: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "putenv", "environb"}
        for node in ast.walk(module)
    )


def test_an_exception_that_is_swallowed_is_named():
    """`except:` and a broad `except` that neither re-raises nor logs hide faults for good."""
    hidden = [
        f"{name}:{node.lineno}"
        for name, module in python_modules()
        for node in ast.walk(module)
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and not _says_something(node)
    ]
    assert hidden == []


def _is_broad(kind: ast.expr | None) -> bool:
    return kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"})


def _says_something(handler: ast.ExceptHandler) -> bool:
    calls = [node.func.attr for node in ast.walk(handler) if isinstance(node, ast.Call) and hasattr(node.func, "attr")]
    raises = any(isinstance(node, ast.Raise) for node in ast.walk(handler))
    return raises or "exception" in calls


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX"])
def test_nothing_is_left_for_later_in_the_code(word):
    marked = [
        name_of(path) for path in sources(".py", ".ts", ".css", ".html") if re.search(rf"\b{word}\b", path.read_text())
    ]
    assert marked == []


def test_pages_carry_no_script_or_style_of_their_own():
    """The content policy forbids them, so they would silently do nothing."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(?!\s*</script>)|<style|\sstyle=\"|\son[a-z]+=\"", re.I)
    found = {name_of(path): inline.findall(path.read_text()) for path in sources(".html")}
    # A page with a policy of its own: it stands in a frame, and nothing of the site is to be loaded into it.
    found.pop("templates/chat/sandbox.html")
    assert {name: what for name, what in found.items() if what} == {}
