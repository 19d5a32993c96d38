"""Who and what is in the pictures of docs/screenshots, and which pictures there are."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.browser.conftest import ask

TEXTS = Path(__file__).parent / "pictures"
ANSWER = (TEXTS / "interest.md").read_text(encoding="utf-8")
CITED = (TEXTS / "abroad.md").read_text(encoding="utf-8")
CHINESE = (TEXTS / "abroad.zh.md").read_text(encoding="utf-8")
PASSAGES = json.loads((TEXTS / "passages.json").read_text(encoding="utf-8"))
CHINESE_PASSAGES = json.loads((TEXTS / "passages.zh.json").read_text(encoding="utf-8"))
QUESTIONS = {
    "light": "How does compound interest work? With formula, table and Python.",
    "dark": "Explain compound interest with a formula, a table and a short function.",
}
OLDER = (
    "Notes for the onboarding talk",
    "Regex for invoice numbers",
    "Thank-you letter to Dr. Moreau",
    "读书笔记：系统思考",
    "Why did the nightly build fail?",
    "Recipe for forty people",
)


@dataclass
class Stage:
    alice: Any
    root: Any
    server: Any
    cited: str = ""
    chinese: str = ""
    library: str = ""
    read: str = ""
    read_chinese: str = ""
    arabic: str = ""
    broken: str = ""
    beside: str = ""
    waiting: str = ""  # an answer that asks whether a tool may run


def build(server) -> Stage:
    from knowledge.models import Library
    from providers.models import Connection, Model
    from webui.accounts.models import User

    alice = User.objects.create_user("alice@example.org", "correct horse battery", name="Alice")
    root = User.objects.create_superuser("root@example.org", "correct horse battery", name="Robin")
    connection = Connection.objects.create(name="Lab server", base_url=server.base_url)
    for name in ("qwen3-30b", "gemma3-27b", "mistral-small"):
        Model.objects.create(connection=connection, name=name, public_id=name, for_everyone=True)
    other = Connection.objects.create(name="Ollama", base_url=server.base_url)
    Model.objects.create(connection=other, name="llama3.3", public_id="llama3.3", for_everyone=True)
    library = Library.objects.create(owner=alice, name="Company handbook")
    Library.objects.create(owner=alice, name="Research papers")
    _documents(library)
    stage = Stage(alice=alice, root=root, server=server, library=str(library.pk))
    for days, title in enumerate(OLDER, 1):
        chat_of(alice, title, "…", "…", days=days * days)
    stage.cited = chat_of(alice, "Working from abroad", "May I work from Portugal for a month?", CITED, PASSAGES)
    stage.chinese = chat_of(alice, "境外远程办公", "我可以在葡萄牙远程工作一个月吗？", CHINESE, CHINESE_PASSAGES)
    _readable(stage, Library.objects.create(owner=alice, name="House rules"))
    return stage


def _readable(stage, library) -> None:
    """Chats that cite documents which are really there to be opened."""
    from tests.browser.cited import HANDBOOK, RULES, add, chat_citing, rules_docx

    handbook, rules = add(library, HANDBOOK.name, HANDBOOK.read_bytes()), add(library, RULES, rules_docx())
    ferries = handbook.chunks.filter(text__contains="187").first()
    trains = handbook.chunks.filter(page=ferries.page).exclude(pk=ferries.pk).first() or ferries
    answer = (
        "A cabin on a night ferry is paid up to 187 euros for each crossing [1]. Receipts are handed in within ten "
    )
    answer += "working days [1]. The van comes before any hired car [2]."
    stage.read = chat_citing(stage.alice, "What is paid for a night ferry?", answer, [ferries, trains], "Night ferries")
    told = "国内出差每天补贴180元[1]。发票须在三十天内报销[2]。"
    found = [rules.chunks.get(text__contains=words) for words in ("一百八十", "三十天内")]
    stage.read_chinese = chat_citing(stage.alice, "出差补贴是多少？", told, found, "出差补贴")


def _documents(library) -> None:
    from knowledge.models import Document
    from knowledge.parsing import sentences

    state = Document.Status
    for name, status, done, total, error in (
        ("remote-work-policy.pdf", state.READY, 42, 42, ""),
        ("travel-handbook.docx", state.READY, 118, 118, ""),
        ("benefits-2026.pdf", state.PROCESSING, 31, 96, ""),
        ("office-plan.odt", state.QUEUED, 0, 0, ""),
        ("old-scan.pdf", state.FAILED, 0, 0, sentences.SCAN),
    ):
        document = Document.objects.create(
            library=library, name=name, status=status, error=error, error_values={"pages": 12}, size=48_000 + total
        )
        Document.objects.filter(pk=document.pk).update(
            chunks_done=done, chunks_total=total, stage=Document.Stage.EMBEDDING if total else ""
        )


def chat_of(user, title, question, answer, passages=(), days=0) -> str:
    from django.utils import timezone

    from chat.models import Conversation, Message, Source
    from knowledge.models import Document

    chat = Conversation.objects.create(owner=user, title=title, title_by_person=True, model_ids=["qwen3-30b"])
    asked = Message.objects.create(conversation=chat, author=user, role="user", text=question)
    reply = Message.objects.create(
        conversation=chat, parent=asked, role="assistant", text=answer, model_name="qwen3-30b", finish_reason="stop"
    )
    for n, passage in enumerate(passages, 1):
        document = Document.objects.filter(name=passage["document_name"]).first()
        Source.objects.create(message=reply, n=n, document=document, score=0.9 - n / 10, cited=n < 4, **passage)
    chat.active = reply
    chat.save()
    Conversation.objects.filter(pk=chat.pk).update(updated_at=timezone.now() - timedelta(days=days))
    return f"/c/{chat.pk}/"


def sign_in_page(camera, stage):
    if camera.wants("sign-in"):
        with camera.page(None, "/accounts/login/") as page:
            camera.take(page, "sign-in")


def empty_chat(camera, stage):
    for theme in ("light", "dark"):
        if camera.wants(f"chat-empty-{theme}"):
            with camera.page(stage.alice, "/", theme=theme) as page:
                camera.take(page, f"chat-empty-{theme}")


def answers(camera, stage):
    for theme in ("light", "dark"):
        if not camera.wants(f"chat-answer-{theme}"):
            continue
        stage.server.say(ANSWER)
        with camera.page(stage.alice, "/", theme=theme, viewport={"width": 1120, "height": 1120}) as page:
            ask(page, QUESTIONS[theme])
            page.get_by_role("button", name="Answer again").wait_for()
            page.locator(".hljs-keyword").first.wait_for()
            page.locator(".katex-html").first.wait_for()
            page.evaluate("document.fonts.ready")
            camera.take(page, f"chat-answer-{theme}")


def streaming(camera, stage):
    if camera.wants("chat-streaming"):
        stage.server.scenario = "pausing"
        stage.server.say(ANSWER[: ANSWER.index("The same")])
        with camera.page(stage.alice, "/") as page:
            ask(page, "When does a savings account double?")
            page.locator(".katex-html").first.wait_for()
            camera.take(page, "chat-streaming")
        stage.server.release.set()


def sources(camera, stage):
    if camera.wants("chat-sources"):
        with camera.page(stage.alice, stage.cited, viewport={"width": 1280, "height": 760}) as page:
            page.locator(".sources-line").click()
            page.locator(".source").first.wait_for()
            page.mouse.move(400, 40)
            camera.take(page, "chat-sources")


def reader(camera, stage):
    """The documents behind citations: a PDF beside the chat, a Chinese DOCX over it on a phone."""
    from tests.browser.screenshots import PHONE

    dress = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "language": "zh-hans"}
    shots = (
        ("reader-pdf", stage.read, 0, {"viewport": {"width": 1440, "height": 860}}),
        ("reader-pdf-dark", stage.read, 1, {"viewport": {"width": 1440, "height": 860}, "theme": "dark"}),
        ("reader-phone-chinese", stage.read_chinese, 1, dress),
    )
    for name, path, chip, options in shots:
        if camera.wants(name):
            with camera.page(stage.alice, path, **options) as page:
                page.locator(".prose .cite").nth(chip).click()
                page.locator("dialog.reader mark").first.wait_for()
                camera.take(page, name)


def chinese(camera, stage):
    if camera.wants("chat-chinese"):
        with camera.page(stage.alice, stage.chinese, language="zh-hans") as page:
            page.locator(".prose .cite").nth(3).hover()
            camera.take(page, "chat-chinese")


def phone(camera, stage):
    from tests.browser.screenshots import PHONE

    touch = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    if camera.wants("phone-answer"):
        with camera.page(stage.alice, stage.cited, **touch) as page:
            page.locator(".cite").first.wait_for()
            camera.take(page, "phone-answer")
    if camera.wants("phone-drawer"):
        with camera.page(stage.alice, "/", theme="dark", **touch) as page:
            page.get_by_role("button", name="Show the list of chats").click()
            camera.take(page, "phone-drawer-dark")


def library(camera, stage):
    if camera.wants("library"):
        with camera.page(stage.alice, f"/knowledge/{stage.library}/") as page:
            camera.take(page, "library")


def panel(camera, stage):
    if camera.wants("panel"):
        with camera.page(stage.root, "/admin/connections/") as page:
            camera.take(page, "panel-connections")
        with camera.page(stage.root, "/admin/models/", theme="dark") as page:
            camera.take(page, "panel-models-dark")
    if camera.wants("panel-usage"):
        _usage(stage)
        with camera.page(stage.root, "/admin/usage/") as page:
            camera.take(page, "panel-usage")
        with camera.page(stage.root, f"/admin/people/{stage.alice.pk}/limits/", theme="dark") as page:
            camera.take(page, "panel-limits-dark")


def _usage(stage) -> None:
    """A month in which weekends are quiet."""
    from providers import meters
    from providers.models import Limit, Usage

    Limit.objects.create(for_everyone=True, tokens_day=200_000, answers_at_once=3)
    for back in range(30):
        day = meters.today() - timedelta(days=back)
        work = 1 if day.weekday() < 5 else 0.2
        for place, (person, name) in enumerate(((stage.alice, "qwen3-30b"), (stage.root, "gemma3-27b"))):
            prompt, written = int((40_000 + 9_000 * (back * 7 % 5)) * work), int(9_000 * work) + 300 * place
            used = {"user": person, "day": day, "model_name": name, "answers": 1 + int(18 * work)}
            Usage.objects.create(purpose="answer", prompt_tokens=prompt, completion_tokens=written, **used)
            Usage.objects.create(purpose="title", prompt_tokens=prompt // 12, completion_tokens=90, **used)


def other_dress(camera, stage):
    """The other pages, each once more in a dress that the first pictures leave out."""
    from tests.browser.screenshots import PHONE

    pages = (
        ("sign-in-phone-dark-chinese", None, "/accounts/login/"),
        ("sources-phone-dark-chinese", stage.alice, stage.chinese),
        ("library-phone-dark-chinese", stage.alice, f"/knowledge/{stage.library}/"),
        ("panel-phone-dark-chinese", stage.root, "/admin/connections/"),
    )
    dress = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "theme": "dark", "language": "zh-hans"}
    for name, person, path in pages:
        if camera.wants(name):
            with camera.page(person, path, **dress) as page:
                if name.startswith("sources"):
                    page.locator(".sources-line").click()
                    page.locator(".source").first.wait_for()
                camera.take(page, name)


SHOTS = (sign_in_page, empty_chat, answers, streaming, sources, reader, chinese, phone, library, panel, other_dress)
