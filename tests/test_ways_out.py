"""No HTTP client besides those that are meant: what is fetched for people goes through the guarded one."""

import ast

import pytest

from webui.conf import ROOT

# Everything in our reach that can open a connection to an address that somebody names.
CLIENTS = {
    "aiohttp", "ddgs", "ftplib", "http.client", "httpx", "primp", "requests", "smtplib", "tavily", "telnetlib",
    "urllib.request", "urllib3", "websocket", "websockets", "xmlrpc.client", "youtube_transcript_api",
}  # fmt: skip
CALLS = {"create_connection", "open_connection", "urlopen", "urlretrieve"}
ALLOWED = {
    "providers/": "model servers, whose addresses administrators enter",
    "knowledge/endpoints.py": "imports httpx for openai's sake; asks servers whose addresses administrators enter",
    "knowledge/web/fetch.py": "the guarded client",
    "knowledge/web/client.py": "search engines, whose addresses administrators enter",
    "knowledge/web/transcripts.py": "lends knowledge/web/fetch.py to a package that asks YouTube",
    "knowledge/web/vendors/tavily.py": "speaks through knowledge/web/client.py",
    "knowledge/web/vendors/keyless.py": "an extra; asks public search engines alone",
    "webui/demo/__main__.py": "asks its own server whether it runs",
    "webui/diagnosis.py": "looks whether our own services listen",
    "webui/health.py": "looks whether our own services listen",
    "webui/supervisor.py": "looks whether our own services listen",
    "webui/panel/health_probes.py": "asks our own processes how they are",
}


def ways_out(source):
    """Names of HTTP clients that this source can use, also when it imports them late."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {_client(alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {_client(node.module), *(_client(f"{node.module}.{alias.name}") for alias in node.names)}
        elif _is_to_the_database(node):
            continue
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in CALLS:
            found.add(getattr(node.func, "attr", getattr(node.func, "id", "")))
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
            *("import_module", "__import__", "import_string"),
        ):
            found |= {_client(arg.value) for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    return found - {""}


def _is_to_the_database(node):
    """`connections.create_connection` is Django's."""
    function = getattr(node, "func", None)
    return isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "connections"


def _client(module):
    return next((name for name in CLIENTS if module == name or str(module).startswith(f"{name}.")), "")


def test_nobody_else_opens_connections():
    bad = {}
    for app in ("webui", "chat", "knowledge", "providers"):
        for path in (ROOT / app).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            if found := ways_out(path.read_text(encoding="utf-8")):
                bad[name] = found
    stray = {name: found for name, found in bad.items() if not name.startswith(tuple(ALLOWED))}
    assert not stray, f"Fetch through knowledge/web/fetch.py: {stray}"
    unused = [allowed for allowed in ALLOWED if not any(name.startswith(allowed) for name in bad)]
    assert not unused, f"These need no exception any more: {unused}"


@pytest.mark.parametrize(
    "source",
    [
        "import httpx",
        "import httpx as h",
        "from urllib import request",
        "from urllib.request import urlopen",
        "import http.client",
        "def late():\n    import requests.sessions",
        "async def late():\n    from aiohttp import ClientSession",
        "import socket\nsocket.create_connection(('x', 80))",
        "import asyncio\nasyncio.open_connection('x', 80)",
        "import importlib\nimportlib.import_module('httpx')",
        "__import__('urllib3')",
    ],
)
def test_a_stray_client_would_be_found(source):
    assert ways_out(source)


@pytest.mark.parametrize("source", ["import urllib.parse", "from http import HTTPStatus", "from .httpx import x"])
def test_what_only_sounds_alike_is_left_alone(source):
    assert not ways_out(source)
