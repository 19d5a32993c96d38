"""The main job, as a person does it on a fresh machine: the whole product, a real model, a real browser, real files."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask
from tests.servers.house import House
from tests.servers.llama import llama_with
from tests.servers.pages import LocalWeb
from tests.servers.recorder import Recorder
from tests.servers.tavily import KEY, Tavily, result
from tests.waiting import eventually

pytestmark = [pytest.mark.real_model, pytest.mark.timeout(600)]

DOCUMENTS = Path(__file__).resolve().parents[1] / "data"
PASSWORD = "correct horse battery"
QUESTION = "On a night ferry, what is the ceiling for a cabin?"
TRAINS = """<html><head><title>Timetable of the harbour line</title></head><body><article><h1>Harbour line</h1>
<p>The last train of the harbour line leaves Rope Street at 23:48 on every day of the week, also on holidays.</p>
<p>Bicycles travel free of charge outside the hours from seven to nine in the morning on working days.</p>
</article></body></html>"""


@pytest.fixture(scope="module")
def llama():
    server = llama_with().start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def world(llama, assets, tmp_path_factory):
    """The product with a recorded model server, a Tavily-shaped server and a small web, all on this machine."""
    with Recorder(llama.port) as recorder, Tavily() as tavily, LocalWeb() as web:
        environment = {
            "OPENAI_BASE_URL": f"{recorder.address}/v1",
            "TAVILY_BASE_URL": tavily.address,
            "TAVILY_API_KEY": KEY,
            "WEBUI_FETCH_ALLOW": "127.0.0.1",
            "WEBUI_SIGNUP": "open",
        }
        with House(tmp_path_factory.mktemp("house") / "data", **environment) as house:
            house.recorder, house.tavily, house.web = recorder, tavily, web
            yield house


@pytest.fixture(scope="module")
def root_page(world, browser):
    """The administrator, signed in through the link that the start printed."""
    page = new_page(world, browser)
    page.goto(world.setup_path())
    page.get_by_label("E-mail").fill("root@example.org")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.get_by_role("button", name="Make the administrator's account").click()
    expect(page).to_have_url(re.compile("/admin/$"))
    yield page
    page.context.close()


def new_page(world, browser, **options):
    page = browser.new_context(base_url=world.address, **{"locale": "en-GB", **options}).new_page()
    page.set_default_timeout(30_000)
    return page


@pytest.fixture(scope="module")
def handbook(world, root_page):
    """A library with the handbook as PDF and as DOCX, put in through the page and read."""
    page = root_page
    page.goto("/knowledge/")
    page.get_by_label("New library").fill("Handbook")
    page.get_by_role("button", name="Make the library").click()
    page.locator("#file").set_input_files([DOCUMENTS / "handbook.pdf", DOCUMENTS / "handbook.docx"])
    rows = page.locator("[data-document]")
    expect(rows).to_have_count(2)
    expect(page.locator("[data-state]", has_text="ready")).to_have_count(2, timeout=120_000)
    return page.url


def test_the_first_account_is_made_once(world, root_page, browser):
    second = new_page(world, browser)
    second.goto(world.setup_path())
    expect(second.locator("input[type=password]")).to_have_count(0)
    second.context.close()


def test_a_library_is_searched_by_meaning_and_in_chinese(handbook, root_page):
    page = root_page
    for query, found in (("price limit of a ship's cabin", "187 euros"), ("出差补贴", "每天四十二欧元")):
        page.goto(handbook)
        box = page.get_by_role("searchbox")
        box.fill(query)
        box.press("Enter")
        expect(page.get_by_text(found).first).to_be_visible()


def test_a_question_is_answered_from_page_seven_and_the_citation_opens_it(world, handbook, root_page):
    page = root_page
    page.goto("/")
    box = page.get_by_role("textbox", name="Your question")
    box.press_sequentially("#Hand")
    page.get_by_role("option", name="Handbook").click()
    expect(page.get_by_role("list", name="Libraries asked")).to_contain_text("Handbook")
    ask(page, QUESTION)
    prompt = eventually(lambda: next((p for p in world.recorder.prompts() if QUESTION in p), ""), seconds=60)
    assert "the ceiling for a cabin is 187 euros" in prompt
    assert "handbook.pdf, page 7" in prompt
    expect(page.locator(".prose")).to_contain_text("187", timeout=120_000)
    expect(page.get_by_role("button", name="Answer again")).to_be_visible(timeout=120_000)

    open_source(page, "page 7")
    expect(page.locator("mark, [aria-current]").filter(has_text="187 euros").first).to_be_visible()
    expect(page.get_by_role("article", name="Page 7")).to_be_visible()


def open_source(page, place):
    """From the answer to the document, by way of the sources."""
    page.locator(".cite, .sources-button, [data-sources]").first.click()
    source = page.get_by_role("dialog").locator("li", has_text=place).first
    source.get_by_role("link").first.click()


def answered_with(page, words):
    """A model this small says it another way now and then: it is asked again, as a person would."""
    for _try in range(3):
        expect(page.get_by_role("button", name="Answer again")).to_be_visible(timeout=120_000)
        if words in page.locator(".prose").inner_text():
            return
        page.get_by_role("button", name="Answer again").click()
        expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.locator(".prose")).to_contain_text(words, timeout=120_000)


def test_the_web_answers_with_its_page_and_host(world, root_page):
    address = world.web.add("/timetable", TRAINS)
    world.tavily.results = [result(address, "Timetable of the harbour line", "The harbour line runs late.")]
    page = root_page
    page.goto("/")
    page.get_by_role("button", name="Web").click()
    question = "When does the last train of the harbour line leave?"
    ask(page, question)
    answered_with(page, "23:48")
    assert world.tavily.searches[-1]["query"] == question
    prompt = next(prompt for prompt in world.recorder.prompts() if question in prompt)
    assert "leaves Rope Street at 23:48" in prompt
    assert address in prompt


def test_nothing_found_is_said_first(world, handbook, root_page):
    world.tavily.results = []
    page = root_page
    page.goto("/")
    page.get_by_role("button", name="Web").click()
    ask(page, "Who won the 1987 regatta of Lake Zzyzx?")
    expect(page.locator(".prose")).to_contain_text("Nothing about this was found on the web.", timeout=120_000)


def test_the_openai_package_asks_the_same_house(world, handbook, root_page):
    from openai import NotFoundError, OpenAI

    key = world.manage("create_api_key", "root@example.org", "--name", "test")
    client = OpenAI(base_url=f"{world.address}/v1", api_key=key)
    assert [model.id for model in client.models.list()] == ["qwen2.5-0.5b"]
    library = handbook.rstrip("/").rsplit("/", 1)[1]
    pieces = client.chat.completions.create(
        model="qwen2.5-0.5b",
        messages=[{"role": "user", "content": QUESTION}],
        temperature=0,
        max_tokens=60,
        stream=True,
        stream_options={"include_usage": True},
        extra_body={"libraries": [library]},
    )
    chunks = list(pieces)
    assert "187" in "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert chunks[-1].usage.completion_tokens > 0
    citations = [citation for chunk in chunks for citation in getattr(chunk, "citations", None) or ()]
    assert any(citation["page"] == 7 for citation in citations)
    with pytest.raises(NotFoundError):
        client.chat.completions.create(model="gpt-4", messages=[{"role": "user", "content": "hi"}])


def test_another_person_sees_nothing_of_it(world, handbook, root_page, browser):
    page = new_page(world, browser)
    page.goto("/accounts/signup/")
    page.get_by_label("E-mail").fill("bob@example.org")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.locator("form button.button--primary").click()
    expect(page.get_by_role("textbox", name="Your question")).to_be_visible()
    expect(page.get_by_role("navigation", name="Chats")).to_contain_text("Your chats will be listed here.")
    page.goto("/knowledge/")
    expect(page.get_by_text("Handbook")).to_have_count(0)
    assert page.goto(handbook).status == 404

    from openai import NotFoundError, OpenAI

    client = OpenAI(base_url=f"{world.address}/v1", api_key=world.manage("create_api_key", "bob@example.org"))
    library = handbook.rstrip("/").rsplit("/", 1)[1]
    seen = len(world.recorder.prompts())
    with pytest.raises(NotFoundError):
        client.chat.completions.create(
            model="qwen2.5-0.5b", messages=[{"role": "user", "content": QUESTION}], extra_body={"libraries": [library]}
        )
    assert len(world.recorder.prompts()) == seen
    page.context.close()


def commanded(process):
    """The command line; nothing of a process that has just gone or is gone but for its exit code."""
    import psutil

    try:
        return "" if process.status() == psutil.STATUS_ZOMBIE else " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def test_a_killed_worker_and_index_come_back(world, root_page):
    import psutil

    def child(word):
        tree = psutil.Process(world.process.pid).children(recursive=True)
        return next((process for process in tree if word in commanded(process)), None)

    for word in ("chroma", "webui.celery"):
        old = eventually(lambda word=word: child(word), seconds=20)
        old.kill()
        eventually(lambda word=word, old=old: (new := child(word)) and new.pid != old.pid, seconds=40)
