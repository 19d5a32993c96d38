"""What a model or a document says never runs, never loads anything from elsewhere, and never leaves its box."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask
from tests.hostile_house import furnish
from tests.test_doors import world  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db(transaction=True)

HOSTILE = r"""
<script>window.hacked = 1</script>

<img src=x onerror="window.hacked = 2">

<svg onload="window.hacked = 3"><a xlink:href="javascript:window.hacked=4">x</a></svg>

<iframe src="javascript:window.hacked = 5"></iframe><iframe srcdoc="<script>parent.hacked=6</script>"></iframe>

<style>@import url(https://evil.example/a.css); body { display: none }</style>

<form action="https://evil.example/"><input name=q autofocus onfocus="window.hacked = 7"></form>

<math><mtext><table><mglyph><style><img src=x onerror="window.hacked = 8"></style></mglyph></table></mtext></math>

[click](javascript:window.hacked=9) [or](JAVASCRIPT:window.hacked=10) [me](data:text/html;base64,PHNjcmlwdD4=)

[entity](&#106;avascript:window.hacked=11) [tab](java&#9;script:window.hacked=12) <javascript:window.hacked=13>

![pixel](https://evil.example/p.png?secret) ![again][pic] ![data](data:image/svg+xml,<svg/onload=window.hacked=14>)

[pic]: https://evil.example/by-reference.png

[good](https://example.org/page "a title") and https://example.com/auto

$\href{javascript:window.hacked=15}{x}$ $\includegraphics{https://evil.example/k.png}$ $\htmlData{x=y}{z}$

```html"><img src=x onerror=window.hacked=16>
<script>window.hacked = 17</script>
```

`<img src=x onerror=window.hacked=18>` and a <a href="https://evil.example" onclick="window.hacked=19">raw link</a>

<a id="boot">clobber</a><form id="main" name="getElementById"></form>
"""


@pytest.fixture
def outside():
    """Addresses of other machines that the page asked for."""
    return []


def _watched(visit, person, outside, path="/"):
    page = visit(person, "about:blank")
    page.add_init_script("window.hacked = 0")
    page.on("request", lambda request: "127.0.0.1" in request.url or outside.append(request.url))
    page.goto(path)
    return page


def test_nothing_in_an_answer_runs_or_loads(visit, alice, model, model_server, outside):
    model_server.say(*[HOSTILE[at : at + 7] for at in range(0, len(HOSTILE), 7)])
    page = _watched(visit, alice, outside)
    ask(page, "Attack me")
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    _nothing_happened(page, outside)

    page.reload()
    expect(page.locator(".prose")).to_contain_text("clobber")
    _nothing_happened(page, outside)
    links = page.locator(".prose a:not(.image-box)")
    hrefs = links.evaluate_all("links => links.map(link => link.href)")
    assert hrefs == ["https://example.org/page", "https://example.com/auto"]
    for link in links.all():
        assert link.get_attribute("rel") == "noopener noreferrer nofollow"
        assert link.get_attribute("target") == "_blank"
    expect(page.locator(".prose .image-box").first).to_have_text("Image “pixel” at evil.example: open in a new tab")


def test_nothing_in_a_question_a_title_or_a_source_runs(visit, alice, model, model_server, outside):
    from chat.models import Conversation, Message, Source

    attack = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>'
    chat = Conversation.objects.create(owner=alice, title=attack[:100])
    asked = Message.objects.create(conversation=chat, author=alice, role="user", text=attack)
    chat.active = Message.objects.create(
        conversation=chat,
        parent=asked,
        role="assistant",
        text="So [1], [2] and [9].",
        reasoning=attack,
        model_name=attack,
    )
    chat.save()
    Source.objects.create(message=chat.active, n=1, title=attack, url="javascript:window.hacked=3", text=attack)
    Source.objects.create(message=chat.active, n=2, title="Page", url="https://example.org/a", text="…")
    page = _watched(visit, alice, outside, f"/c/{chat.pk}/")
    expect(page.locator(".cite:not(.cite--still)")).to_have_count(2)
    expect(page.locator(".prose")).to_contain_text("[9]")
    page.locator(".prose .cite").first.hover()
    page.locator(".prose .cite").first.click()
    expect(page.locator(".reader__passage")).to_have_text(attack)
    page.get_by_role("button", name="All passages").click()
    expect(page.locator(".source")).to_have_count(2)
    assert page.locator(".source a").evaluate_all("links => links.map(link => link.href)") == ["https://example.org/a"]
    page.locator(".thoughts summary").click()
    _nothing_happened(page, outside)


def test_nothing_runs_anywhere_in_a_house_of_hostile_words(visit, world, root, outside):  # noqa: F811
    furnish(world, root)
    chat, library = world["chat"].pk, world["library"].pk
    page = _watched(visit, world["alice"], outside, f"/c/{chat}/")
    expect(page.locator(".prose").last).to_contain_text("[1]")
    for summary in page.locator(".thoughts summary").all():
        summary.evaluate("summary => summary.click()")
    _nothing_happened(page, outside)
    page.keyboard.press("Control+k")
    page.keyboard.type("script")
    expect(page.locator("[role=option]").first).to_be_visible()
    _nothing_happened(page, outside)
    for path in (f"/knowledge/{library}/", f"/s/{world['link'].token}/", "/assistants/", "/prompts/"):
        _watches_on(page, path, outside)
    page = _watched(visit, root, outside, "/admin/models/")
    for path in ("/admin/people/", "/admin/groups/", "/admin/connections/", "/admin/ratings/", "/admin/access/"):
        _watches_on(page, path, outside)


def _watches_on(page, path, outside):
    page.goto(path)
    expect(page.locator("main")).to_be_visible()
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
    assert page.evaluate("window.hacked") == 0, path
    assert not outside, path
    assert page.evaluate("document.body.offsetHeight") > 100
    assert not _complaints(page), path


def _nothing_happened(page, outside):
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
    assert page.evaluate("window.hacked") == 0
    assert not outside
    assert (
        page.locator(".prose :is(script, style, img, svg:not(.katex svg), iframe, form, input, object, embed)").count()
        == 0
    )
    assert page.evaluate("document.body.offsetHeight") > 100
    assert not _complaints(page)


def _complaints(page):
    """The sanitiser reads words in a document of its own, in which the browser refuses handlers aloud."""
    return [line for line in page.complaints if "404" not in line and "inline event handler" not in line]
