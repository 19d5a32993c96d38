"""Pictures that a model wrote as code are drawn where they can do nothing."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

SVG = """```svg
<svg viewBox="0 0 40 20"><rect width="40" height="20" fill="teal"/><image href="http://outside.example/p.png"/>
<script>parent.caught = 1; fetch("/api/chats")</script></svg>
```"""
MERMAID = "```mermaid\ngraph TD\n  A[问题] --> B[回答]\n```"
FAULTY = "```mermaid\ngraph TD\n  A[[[ --> \n```"
# Whatever gets out says so by a request or by a word in the page around it.
PAGE = """```html
<h1 id="title">Plan</h1><img src="http://outside.example/i.png"><link rel="stylesheet" href="http://outside.example/s.css">
<form action="http://outside.example/form"><input name="a" value="1"></form>
<script>
  document.title = "drawn";
  document.getElementById("title").textContent = "Plan drawn";
  const tries = [
    () => { parent.caught = "parent"; },
    () => { top.location = "http://outside.example/top"; },
    () => { document.cookie = "a=1"; },
    () => localStorage.setItem("a", "1"),
    () => { new Image().src = "http://outside.example/image"; },
    () => void fetch("/api/chats").catch(() => {}),
    () => void fetch("http://outside.example/fetch").catch(() => {}),
    () => new WebSocket("ws://outside.example/socket"),
    () => void window.open("http://outside.example/open"),
    () => document.forms[0].submit(),
  ];
  for (const one of tries) try { one(); } catch {}
</script>
```"""

# A frame that leads itself away shows that it was stopped, and nothing else.
AWAY = '```html\n<script>location = "http://outside.example/self"</script>\n```'


def test_pictures_are_drawn_and_reach_nothing(visit, alice, model, model_server):
    page = visit(alice)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    stopped = []  # by the policy, before anything left the browser
    page.on("requestfailed", lambda request: request.failure == "csp" and stopped.append(request.url))
    model_server.say("\n\n".join([SVG, MERMAID, FAULTY, PAGE, AWAY]))
    ask(page, "Draw")
    svg, diagram, faulty, html, away = (page.locator("figure.code").nth(n) for n in range(5))
    expect(away.get_by_role("button", name="Show")).to_be_visible()
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    del asked[:]

    svg.get_by_role("button", name="Show").click()
    expect(svg.get_by_role("img", name="Picture that the model drew")).to_be_visible()
    expect(svg.locator("pre")).to_be_hidden()
    diagram.get_by_role("button", name="Show").click()
    expect(diagram.frame_locator("iframe").get_by_text("问题")).to_be_visible()
    faulty.get_by_role("button", name="Show").click()
    expect(faulty.get_by_role("alert")).to_contain_text("This diagram has a mistake")
    html.get_by_role("button", name="Show").click()
    expect(html.frame_locator("iframe").get_by_role("heading")).to_have_text("Plan drawn")
    away.get_by_role("button", name="Show").click()
    eventually(lambda: page.evaluate("1") and any("frame-src" in words for words in page.complaints))

    own = page.url.split("/c/")[0]
    left = {url for url in asked if url not in stopped}
    assert {url for url in left if not url.startswith((own, "data:"))} == set()
    assert not [url for url in left if "/api/" in url]
    assert page.evaluate("[window.caught, localStorage.getItem('a'), document.cookie.includes('a=1')]") == [
        None,
        None,
        False,
    ]
    assert page.url.startswith(own + "/c/")
    assert len(page.context.pages) == 1

    show = svg.get_by_role("button", name="Show")
    expect(show).to_have_attribute("aria-pressed", "true")
    show.click()
    expect(svg.locator("pre")).to_be_visible()
    expect(svg.locator(".drawing")).to_have_count(0)
