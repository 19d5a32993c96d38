"""Every surface in both languages, both themes, on a desk and on a phone: one sheet of eight pictures for each.

Left to right and down: English light, English dark, Chinese light, Chinese dark.
"""

import io
import re
from contextlib import ExitStack

from PIL import Image

DRESSES = [(language, theme) for language in ("en", "zh-hans") for theme in ("light", "dark")]
DESK = (720, 463)
GAP = 12
QUALITY = 68
ARABIC = """المنزل هادئ، والقهوة جاهزة. إليك **ثلاث نصائح**:

1. ابدأ بالأهم، ثم انتقل إلى ما بعده.
2. اكتب ما تعلمته اليوم في `notes.md`.
3. خذ استراحة كل ساعة.

| اليوم | الساعات |
|---|---|
| الاثنين | 4 |
| الثلاثاء | 6 |

> القليل الدائم خير من الكثير المنقطع.
"""


def furnish(stage) -> list[tuple[str, object, str]]:
    """(name, who looks, address) of every surface."""
    from chat.models import Conversation, Message, Prompt, Rating, ShareLink
    from tests.browser.picture_stage import _chat
    from webui.banners.models import Banner

    stage.arabic = _chat(stage.alice, "نصائح للعمل من المنزل", "ما أفضل نصائحك للعمل من المنزل؟", ARABIC)
    for words, text in (("translate", "Translate into {{language}}: {{text}}"), ("sum-up", "Sum up in five lines.")):
        Prompt.objects.create(owner=stage.alice, command=words, name=words.capitalize(), text=text)
    broken = Conversation.objects.create(owner=stage.alice, title="Trains to Vienna", model_ids=["qwen3-30b"])
    asked = Message.objects.create(conversation=broken, author=stage.alice, role="user", text="Which train at night?")
    wrong = {"state": "failed", "error_code": "unreachable", "error_detail": "The model server “Lab” does not answer."}
    broken.show(Message.objects.create(conversation=broken, parent=asked, role="assistant", **wrong))
    cited = Conversation.objects.get(pk=stage.cited.split("/")[2])
    ShareLink.objects.create(conversation=cited, leaf=cited.active, token="pictures")
    answers = Message.objects.filter(role="assistant")[:9]
    for place, answer in enumerate(answers):
        value, reason = ("down", "incomplete") if place % 4 == 3 else ("up", "clear")
        Rating.objects.create(message=answer, person=stage.alice, value=value, reasons=[reason], shared=place % 3 == 0)
    Conversation.objects.update(has_ratings=True)
    Banner.objects.create(
        text="The model server rests on Sunday from 8:00 to 10:00.", text_zh="模型服务器周日 8:00 至 10:00 停机维护。"
    )
    alice, root = stage.alice, stage.root
    panel = ("people", "groups", "connections", "models", "access", "ollama", "usage", "ratings", "banners")
    more = ("retrieval", "search", "health")
    return [
        ("sign-in", None, "/accounts/login/"),
        ("offline", None, "/offline/"),
        ("chat-empty", alice, "/"),
        ("chat-answer", alice, stage.cited),
        ("chat-right-to-left", alice, stage.arabic),
        ("chat-rating", alice, stage.chinese),
        ("chat-palette", alice, stage.cited),
        ("chat-share", alice, stage.cited),
        ("chat-find", alice, stage.cited),
        ("chat-failed", alice, f"/c/{broken.pk}/"),
        ("chat-shared", alice, "/s/pictures/"),
        ("libraries", alice, "/knowledge/"),
        ("library", alice, f"/knowledge/{stage.library}/"),
        ("assistants", alice, "/assistants/"),
        ("prompts", alice, "/prompts/"),
        ("account", alice, "/account/"),
        ("panel", root, "/admin/"),
        *((f"panel-{name}", root, f"/admin/{name}/") for name in (*panel, *more)),
    ]


def surfaces(camera, stage):
    from tests.browser.screenshots import PHONE, TARGET, WIDE

    wanted = [surface for surface in furnish(stage) if camera.wants(f"surfaces/{surface[0]}")]
    (TARGET / "surfaces").mkdir(exist_ok=True)
    shots: dict[str, list[tuple[Image.Image, Image.Image]]] = {name: [] for name, _who, _path in wanted}
    for language, theme in DRESSES:
        with ExitStack() as open_pages:
            pages = {}
            for name, who, path in wanted:
                if who not in pages:
                    phone = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
                    pages[who] = [
                        open_pages.enter_context(camera.page(who, "/healthz", theme=theme, language=language, **dress))
                        for dress in ({"viewport": WIDE}, phone)
                    ]
                shots[name].append(tuple(_picture(page, name, path, language) for page in pages[who]))
    for name, pairs in shots.items():
        _sheet(pairs).save(TARGET / "surfaces" / f"{name}.webp", quality=QUALITY, method=6)
        print(f"surfaces/{name}.webp", flush=True)


def _picture(page, name, path, language) -> Image.Image:
    page.goto(f"{path}?language={language}" if name == "offline" else path)
    if name.startswith("chat"):
        page.wait_for_load_state("networkidle")
    if name == "offline":
        page.evaluate("localStorage.setItem('person', 'alice@example.org')")
        page.reload()
    if name == "chat-rating":
        page.locator("chat-message [aria-pressed=true]").last.click()
        page.locator(".rating").wait_for()
        page.locator(".rating").scroll_into_view_if_needed()
    if name == "chat-palette":
        page.keyboard.press("Control+k")
        page.locator("[role=option]").first.wait_for()
    if name == "chat-find":
        page.keyboard.press("Control+f")
        page.locator("find-bar input").fill("e")
        page.locator(".find__count:not(:empty)").wait_for()
    if name == "chat-share":
        _share(page)
    return Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")


def _share(page) -> None:
    if page.locator(".chat__head button").count():
        page.locator(".chat__head button").first.click()
    page.locator(".chat-row[data-current] .chat-row__tool").press("Enter")
    page.locator("[role=menuitem]", has_text=re.compile("Share|分享")).click()
    page.locator("share-form .keep__links li").first.wait_for()


def _sheet(pairs) -> Image.Image:
    width, height = DESK
    narrow = round(height * 390 / 844)
    cell = width + GAP + narrow
    sheet = Image.new("RGB", (2 * cell + 3 * GAP, 2 * height + 3 * GAP), (128, 132, 130))
    for place, (desk, phone) in enumerate(pairs):
        x, y = GAP + (place % 2) * (cell + GAP), GAP + (place // 2) * (height + GAP)
        sheet.paste(desk.resize(DESK, Image.Resampling.LANCZOS), (x, y))
        sheet.paste(phone.resize((narrow, height), Image.Resampling.LANCZOS), (x + width + GAP, y))
    return sheet
