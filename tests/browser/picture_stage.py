"""Who and what is in the pictures of docs/screenshots, and which pictures there are."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.browser.conftest import ask

ANSWER = """Compound interest grows a balance by the same *rate* every year, so the growth itself grows. For a starting \
amount $P$, a yearly rate $r$ and $n$ years:

$$A = P\\,(1 + r)^n \\qquad\\text{and}\\qquad n_{\\text{double}} = \\frac{\\ln 2}{\\ln(1 + r)}$$

At 5 % a sum doubles in about **14.2 years**; doubling the rate nearly halves the time:

| rate | after 10 years | after 20 years | doubles in |
|---:|---:|---:|---:|
| 3 % | $1,344 | $1,806 | 23.4 years |
| 5 % | $1,629 | $2,653 | 14.2 years |
| 10 % | $2,594 | $6,727 | 7.3 years |

The same in Python:

```python
from math import log

def balance(start: float, rate: float, years: int) -> float:
    \"\"\"What `start` has grown to.\"\"\"
    return start * (1 + rate) ** years

print(f"{balance(1000, 0.05, 20):,.2f}")   # 2,653.30
print(round(log(2) / log(1.05), 1))        # 14.2
```
"""

CITED = """**Yes, with two limits.** Employees may work abroad for up to 30 days in a calendar year, provided that \
the country is on the approved list [1]. Beyond that a tax review is needed before departure [2].

1. Ask your team lead at least two weeks ahead [1].
2. Register the stay in the travel form; insurance is extended from there [3].

Company laptops must stay encrypted, and the VPN is required on public networks [2, 3]."""

PASSAGES = [
    ("Remote work policy 2026", "remote-work-policy.pdf", 4, "Working abroad", "Employees may work from another country "
     "for up to thirty days in a calendar year. The country must be on the approved list (Annex B). The team lead is "
     "informed two weeks before departure."),
    ("Remote work policy 2026", "remote-work-policy.pdf", 7, "Tax and social security", "Stays of more than thirty days "
     "need a review by Finance before departure. On public networks the company VPN is switched on at all times."),
    ("Travel handbook", "travel-handbook.docx", 12, "Insurance", "A stay that is registered in the travel form is insured "
     "from the day of departure. Devices remain encrypted; loss is reported within 24 hours."),
    ("Travel handbook", "travel-handbook.docx", 3, "Before you go", "Check the approved list of countries first. The list "
     "is reviewed every quarter."),
]
CHINESE = """**可以，但有两点限制。** 员工每个自然年最多可在境外工作 30 天，且所在国家须在批准名单内 [1]。超过 30 天，须在出发前由财务部门进行税务审核 [2]。

1. 至少提前两周告知团队负责人 [1]。
2. 在差旅表中登记，保险自出发之日起生效 [3]。

公司笔记本电脑必须保持加密；在公共网络上须使用 VPN [2, 3]。"""


@dataclass
class Stage:
    alice: Any
    root: Any
    server: Any
    cited: str = ""
    chinese: str = ""
    library: str = ""


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
    for days, title in enumerate(
        ("Notes for the onboarding talk", "Regex for invoice numbers", "Thank-you letter to Dr. Moreau", "读书笔记：系统思考",
         "Why did the nightly build fail?", "Recipe for forty people"), 1,
    ):
        _chat(alice, title, "…", "…", days=days * days)
    stage.cited = _chat(alice, "Working from abroad", "May I work from Portugal for a month?", CITED, PASSAGES)
    stage.chinese = _chat(alice, "境外远程办公", "我可以在葡萄牙远程工作一个月吗？", CHINESE, PASSAGES)
    return stage


def _documents(library) -> None:
    from knowledge.models import Document

    ready = Document.Status.READY
    rows = [
        ("remote-work-policy.pdf", ready, 42, 42, ""), ("travel-handbook.docx", ready, 118, 118, ""),
        ("benefits-2026.pdf", Document.Status.PROCESSING, 31, 96, ""), ("office-plan.png", Document.Status.QUEUED, 0, 0, ""),
        ("old-scan.pdf", Document.Status.FAILED, 0, 0, "No text was found in this file. It may be a scan without text."),
    ]  # fmt: skip
    for name, status, done, total, error in rows:
        Document.objects.create(
            library=library, name=name, status=status, chunks_done=done, chunks_total=total, error=error, size=48_000 + total
        )


def _chat(user, title, question, answer, passages=(), days=0) -> str:
    from django.utils import timezone

    from chat.models import Conversation, Message, Source
    from knowledge.models import Document

    chat = Conversation.objects.create(owner=user, title=title, title_by_person=True)
    asked = Message.objects.create(conversation=chat, author=user, role="user", text=question)
    reply = Message.objects.create(
        conversation=chat, parent=asked, role="assistant", text=answer, model_name="qwen3-30b", finish_reason="stop"
    )
    for n, (heading, name, page, place, text) in enumerate(passages, 1):
        document = Document.objects.filter(name=name).first()
        Source.objects.create(
            message=reply, n=n, title=heading, document=document, document_name=name, page=page, heading=place,
            text=text, score=0.9 - n / 10, cited=n < 4,
        )  # fmt: skip
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
        with camera.page(stage.alice, "/", theme=theme, viewport={"width": 1120, "height": 960}) as page:
            ask(page, "How does compound interest work? Show the formula, a table and some Python.")
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
            ask(page, "How does compound interest work?")
            page.locator(".katex-html").first.wait_for()
            camera.take(page, "chat-streaming")
        stage.server.release.set()


def sources(camera, stage):
    if camera.wants("chat-sources"):
        with camera.page(stage.alice, stage.cited, viewport={"width": 1280, "height": 760}) as page:
            page.locator(".prose .cite").nth(1).click()
            page.locator(".source[data-marked]").wait_for()
            page.mouse.move(400, 40)
            camera.take(page, "chat-sources")


def chinese(camera, stage):
    if camera.wants("chat-chinese"):
        with camera.page(stage.alice, stage.chinese, language="zh-hans") as page:
            page.locator(".prose .cite").first.hover()
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


SHOTS = (sign_in_page, empty_chat, answers, streaming, sources, chinese, phone, library, panel)
