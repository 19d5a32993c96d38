"""What Chromium's main thread does while 2,000 tokens with code, tables and maths come at 100 a second.

And what it does when the finished chat is opened again.
"""

import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.parts.answers import tokens_of
from tests.bench.parts.site import ModelServer, Site
from tests.waiting import eventually

TOKENS, RATE = 2000, 100
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
TIMES = {"TaskDuration": "main thread", "ScriptDuration": "script", "LayoutDuration": "layout"}
TIMES |= {"RecalcStyleDuration": "style"}
OBSERVE = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.longTasks.push(task.duration);
}).observe({ type: "longtask", buffered: true });
"""
DRAWN = "() => ['table', 'pre code', 'math'].map((name) => document.querySelectorAll(`main ${name}`).length)"


def bench() -> dict[str, float]:
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM", "/usr/bin/chromium-headless-shell")
    if not Path(path).exists():
        print(f"page: skipped, there is no {path}; name another in CHROMIUM.", file=sys.stderr)
        return {}
    with (
        tempfile.TemporaryDirectory() as folder,
        ModelServer() as models,
        Site(Path(folder) / "data", models) as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        (person,) = site.people(1)
        context = browser.new_context(base_url=f"http://localhost:{site.ports[0]}", locale="en-GB")
        context.add_cookies([{"name": "sessionid", "value": person, "url": f"http://localhost:{site.ports[0]}"}])
        context.add_init_script(OBSERVE)
        found = {f"page, while it comes: {name}": value for name, value in _written(context, site, person).items()}
        address = context.pages[0].url
        found |= {f"page, opened again: {name}": value for name, value in _opened(context, address).items()}
        browser.close()
    return found


def _written(context: object, site: Site, person: str) -> dict[str, float]:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    page.goto("/")
    box = page.get_by_role("textbox", name="Your question")
    _ask(page, box, "[answer=warm tokens=5 rate=100 kind=plain]")  # what is loaded late is loaded now
    eventually(lambda: _state(site, page, person) == "complete", seconds=60)
    page.goto("/")
    before, begun = _metrics(session), time.monotonic()
    page.evaluate("window.longTasks.length = 0")
    _ask(page, box, f"[answer=page tokens={TOKENS} rate={RATE} kind=markdown]")
    # Asked for seldom: what asks costs the page nothing, but the web process is on the same machine.
    eventually(lambda: time.sleep(0.5) or _state(site, page, person) == "complete", seconds=TOKENS / RATE + 60)
    page.wait_for_timeout(1000)
    return _spent(session, before) | _tasks(page) | {"seconds": round(time.monotonic() - begun, 1)} | _drawn(page)


def _opened(context: object, address: str) -> dict[str, float]:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    page.goto(address)
    expected = list(_expected())
    eventually(lambda: page.evaluate(DRAWN) == expected, seconds=30)
    page.wait_for_timeout(1000)
    return _spent(session, {}) | _tasks(page)


def _ask(page: object, box: object, text: str) -> None:
    box.fill(text)
    box.press("Enter")
    page.wait_for_url(re.compile("/c/"))


def _state(site: Site, page: object, person: str) -> str:
    chat = re.search(r"/c/([\w-]+)", page.url)[1]
    return json.loads(site.get(f"/api/chats/{chat}", person))["messages"][-1]["state"]


def _metrics(session: object) -> dict[str, float]:
    return {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}


def _spent(session: object, before: dict[str, float]) -> dict[str, float]:
    after = _metrics(session)
    found = {f"{name} s": round(after[key] - before.get(key, 0), 2) for key, name in TIMES.items()}
    return found | {"JavaScript heap MB": round(after["JSHeapUsedSize"] / 1e6, 1)}


def _tasks(page: object) -> dict[str, float]:
    tasks = page.evaluate("window.longTasks")
    return {
        "long tasks": len(tasks),
        "long tasks ms": round(sum(tasks)),
        "longest task ms": round(max(tasks, default=0)),
    }


def _drawn(page: object) -> dict[str, float]:
    """The share of tables, blocks of code and formulas that stand on the page."""
    found = page.evaluate(DRAWN)
    return {"share drawn": round(sum(found) / sum(_expected()), 2)}


def _expected() -> tuple[int, int, int]:
    text = "".join(tokens_of("markdown", TOKENS))
    formulas = len(re.findall(r"\$\$\n.*?\n\$\$", text, re.DOTALL)) + len(re.findall(r"(?<!\$)\$[^$\n]+\$(?!\$)", text))
    return len(re.findall(r"^\|-", text, re.MULTILINE)), text.count("```python"), formulas
