"""A citation opens its document at the place, the words marked: PDF files by their pages, all else as it was read."""

import pytest
from playwright.sync_api import expect

from knowledge.models import Chunk, Library
from tests.browser.cited import HANDBOOK, RULES, add, chat_citing, rules_docx
from tests.knowledge.files import encrypted_pdf, pdf, policy_pdf, scripted_pdf

pytestmark = pytest.mark.django_db(transaction=True)
PATIENT = 60_000  # milliseconds: the first PDF brings what draws it
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
POLICY = "The Debian policy says so [1]."


@pytest.fixture
def library(alice):
    return Library.objects.create(owner=alice, name="House")


def cited_page(visit, alice, chunks, answer="It says so [1].", **options):
    page = visit(alice, chat_citing(alice, "What does it say?", answer, chunks), **options)
    page.locator(".prose .cite").first.click()
    return page


def squeezed(texts):
    return "".join("".join(texts).split()).replace("-", "")


def test_a_pdf_opens_at_the_page_with_the_words_marked(visit, alice, library):
    document = add(library, "policy.pdf", policy_pdf())
    cited = document.chunks.filter(page=60, text__contains=". ").order_by("ordinal")[1]
    page = cited_page(visit, alice, [cited])
    reader = page.get_by_role("dialog", name="policy.pdf")
    expect(reader.locator("mark").first).to_be_in_viewport(timeout=PATIENT)
    assert int(reader.get_by_label("Page", exact=True).input_value()) in (60, 61)
    marked = squeezed(reader.locator("mark").all_text_contents())
    own = squeezed(cited.text)
    assert marked[:30] in own
    assert 0.6 * len(own) < len(marked) <= 1.1 * len(own)
    # Of 193 pages those in sight are drawn, and the others are empty boxes.
    assert 1 <= reader.locator("canvas").count() <= 6
    drawn = "canvas => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size > 8"
    assert reader.locator("canvas").first.evaluate(drawn)
    reader.get_by_label("Page", exact=True).fill("190")
    page.keyboard.press("Enter")
    expect(reader.locator('[data-page="190"] canvas')).to_be_visible()
    expect(reader.locator('[data-page="60"] canvas')).to_have_count(0)
    page.keyboard.press("Escape")
    expect(reader).to_have_count(0)
    expect(page.locator(".prose .cite").first).to_be_focused()
    assert not page.complaints


def test_a_chinese_pdf_page_is_marked_on_a_phone_and_leads_back_to_the_chat(visit, alice, library):
    document = add(library, "handbook.pdf", HANDBOOK.read_bytes())
    cited = document.chunks.filter(page=8, text__contains="补贴").first()
    page = cited_page(visit, alice, [cited], locale="zh-CN", **PHONE)
    reader = page.locator("dialog.reader:modal")
    expect(reader.locator("mark").first).to_be_in_viewport(timeout=PATIENT)
    assert squeezed(reader.locator("mark").all_text_contents())[:8] in squeezed(cited.text)
    expect(reader.get_by_role("article", name="第 8 页")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    reader.get_by_role("button", name="返回聊天").click()
    expect(reader).to_have_count(0)
    assert not page.complaints


def test_a_chinese_docx_opens_as_it_was_read_with_headings_and_its_table(visit, alice, library):
    document = add(library, RULES, rules_docx())
    cited = document.chunks.get(text__contains="三十天内")
    page = cited_page(visit, alice, [cited], answer="出差结束后三十天内报销[1]。", locale="zh-CN")
    reader = page.get_by_role("dialog", name=RULES)
    expect(reader.locator("mark").first).to_be_in_viewport(timeout=PATIENT)
    expect(reader.locator("mark").first).to_contain_text("出差结束后三十天内凭发票报销")
    expect(reader.get_by_role("heading", name="第二章 报销")).to_be_visible()
    expect(reader.get_by_role("cell", name="650元")).to_be_visible()
    expect(reader).to_contain_text("在来源中逐字找到")
    assert not page.complaints


def test_a_locked_file_is_said_to_be_so_and_its_text_is_shown(visit, alice, library):
    document = add(library, "locked.pdf", encrypted_pdf())
    chunk = Chunk.objects.create(document=document, ordinal=0, text="Leave is 27 days.", start=0, end=17, page=1)
    page = cited_page(visit, alice, [chunk])
    reader = page.get_by_role("dialog", name="locked.pdf")
    expect(reader).to_contain_text("This PDF is locked with a password")
    expect(reader.locator("mark")).to_have_text("Leave is 27 days.")


def test_words_that_are_gone_are_said_to_be_so(visit, alice, library):
    document = add(library, "leave.txt", b"Leave is 27 days.")
    address = chat_citing(alice, "How long?", "27 days [1].", [document.chunks.get()])
    Chunk.objects.update(text="Leave is 29 days.")
    page = visit(alice, address)
    page.locator(".prose .cite").first.click()
    reader = page.get_by_role("dialog", name="leave.txt")
    expect(reader).to_contain_text("This source has changed since")
    expect(reader.locator(".reader__beside")).to_contain_text("Leave is 27 days.")


def test_scripts_links_and_forms_of_a_pdf_do_nothing(visit, alice, library):
    document = add(library, "scripted.pdf", scripted_pdf("Leave is 27 days."))
    asked, spoken = [], []
    page = visit(alice, chat_citing(alice, "How long?", "27 days [1].", [document.chunks.get()]))
    site = page.url.split("/c/")[0]
    page.on("dialog", lambda dialog: (spoken.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))
    page.locator(".prose .cite").first.click()
    reader = page.get_by_role("dialog", name="scripted.pdf")
    expect(reader.locator("mark")).to_be_in_viewport(timeout=PATIENT)
    reader.locator(".pdf__text").click(position={"x": 50, "y": 200})
    expect(reader.locator(".pdf__page a, .pdf__page input, .pdf__page button, .pdf__page iframe")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(reader).to_have_count(0)
    assert (page.title(), page.url.split("/c/")[0], spoken) == ("Reading · webui", site, [])
    assert all(url.startswith((site, f"blob:{site}")) for url in asked)
    assert not page.complaints


def test_a_damaged_file_and_one_of_a_thousand_pages_do_no_harm(visit, alice, library):
    document = add(library, "broken.pdf", b"%PDF-1.7\nnothing of the kind")
    chunk = Chunk.objects.create(document=document, ordinal=0, text="Leave is 27 days.", start=0, end=17, page=1)
    page = cited_page(visit, alice, [chunk])
    expect(page.get_by_role("dialog", name="broken.pdf")).to_contain_text("This PDF is damaged")
    content = pdf(*(f"Page {n} of many." for n in range(1, 1001)))
    long = add(library, "long.pdf", content, read=False)
    chunk = Chunk.objects.create(document=long, ordinal=0, text="Page 700 of many.", start=0, end=17, page=700)
    page = cited_page(visit, alice, [chunk])
    reader = page.get_by_role("dialog", name="long.pdf")
    expect(reader.locator('[data-page="700"] mark')).to_be_in_viewport(timeout=PATIENT)
    assert reader.locator(".pdf__page").count() == 301
    reader.get_by_role("button", name="Pages after").click()
    expect(reader.locator('[data-page="851"] canvas')).to_be_visible()
    assert reader.locator("canvas").count() <= 6


def test_words_that_are_not_on_the_drawn_page_stand_beside_it(visit, alice, library):
    document = add(library, "handbook.pdf", HANDBOOK.read_bytes())
    chunk = document.chunks.filter(page=3).first()
    Chunk.objects.filter(pk=chunk.pk).update(text="Words that only a recogniser of letters saw there.")
    page = cited_page(visit, alice, [Chunk.objects.get(pk=chunk.pk)])
    reader = page.get_by_role("dialog", name="handbook.pdf")
    expect(reader).to_contain_text("could not be marked on the drawn page")
    expect(reader.locator(".reader__beside")).to_contain_text("only a recogniser of letters saw")
    expect(reader.locator('[data-page="3"] canvas')).to_be_in_viewport()


def test_a_web_page_says_its_host_and_day_and_is_linked_safely(visit, alice):
    web = {"title": "Per diem rates", "url": "https://example.org/a?b", "text": "The rate is 65 euros."}
    page = cited_page(visit, alice, [web], answer="It is 65 euros [1].")
    reader = page.get_by_role("dialog", name="Per diem rates")
    expect(reader).to_contain_text("example.org")
    expect(reader).to_contain_text("as it was read on")
    expect(reader.locator("mark")).to_have_text("The rate is 65 euros.")
    link = reader.get_by_role("link", name="Open the page")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(link).to_have_attribute("href", "https://example.org/a?b")


def test_what_alice_may_not_read_any_more_is_not_shown(visit, alice, bob):
    library = Library.objects.create(owner=bob, name="Bob's", for_everyone="read")
    document = add(library, "rules.txt", b"Leave is 27 days.")
    address = chat_citing(alice, "How long?", "27 days [1].", [document.chunks.get()])
    Library.objects.update(for_everyone="")
    page = visit(alice, address)
    page.locator(".prose .cite").first.click()
    reader = page.get_by_role("dialog", name="rules.txt")
    expect(reader).to_contain_text("You no longer have access to this source.")
    page.get_by_role("button", name="All passages").click()
    expect(page.locator(".source")).to_contain_text("You no longer have access to this source.")
    assert "Leave is 27 days" not in page.content()


ANSWER = "It is 27 days [1]. It is 65 euros a day [1]. It is 99 kilometres [2]. It is good [2]."
TOLD = {
    "en-GB": [
        "Source 1. Found in the source, word for word",
        "Source 1. “65 euros”: stands in source 2 instead",
        "Source 2. Not found in any source: “99 kilometres”",
        "Source 2. Nothing in it can be checked word for word",
    ],
    "zh-CN": [
        "来源 1. 在来源中逐字找到",
        "来源 1. “65 euros”：出现在来源 2 中，而非此处",
        "来源 2. 任何来源中都未找到：“99 kilometres”",
        "来源 2. 没有可以逐字核对的内容",
    ],
}


UNCITED = {"en-GB": "not cited · score 0.65", "zh-CN": "未引用 · 得分 0.65"}


@pytest.mark.parametrize("locale", TOLD)
def test_chips_say_in_words_what_was_found(visit, alice, library, locale):
    leave = add(library, "leave.txt", b"Leave is 27 days.").chunks.get()
    travel = add(library, "travel.txt", b"The allowance is 65 euros a day.").chunks.get()
    other = add(library, "other.txt", b"Nothing of this was used.").chunks.get()
    page = visit(alice, chat_citing(alice, "How much?", ANSWER, [leave, travel, other]), locale=locale)
    chips = page.locator(".prose .cite")
    expect(chips.nth(3)).to_have_attribute("data-verdict", "unchecked")
    assert [chip.get_attribute("aria-label") for chip in chips.all()] == TOLD[locale]
    assert [chip.get_attribute("data-verdict") for chip in chips.all()] == [
        "found",
        "elsewhere",
        "missing",
        "unchecked",
    ]
    chips.nth(1).hover()
    expect(page.get_by_role("tooltip")).to_contain_text("65 euros")
    chips.nth(1).click()
    page.locator(".reader__checks button").click()
    expect(page.locator("dialog.reader h2")).to_contain_text("travel.txt")
    page.locator(".sources-line").click()
    # All that was sent is listed with its score, cited or not.
    expect(page.locator(".source")).to_have_count(3)
    expect(page.locator(".source").nth(1)).to_contain_text("99 kilometres")
    expect(page.locator(".source").nth(2).locator("small")).to_have_text(UNCITED[locale])
