"""Every surface in both languages, both themes, on a desk and on a phone: one sheet of eight pictures for each.

Left to right and down: English light, English dark, Chinese light, Chinese dark.
"""

import io
from contextlib import ExitStack

from PIL import Image
from playwright.sync_api import Error

from tests.browser import picture_house, picture_places
from tests.browser.picture_stage import chat_of

DRESSES = [(language, theme) for language in ("en", "zh-hans") for theme in ("light", "dark")]
DESK = (560, 360)
GAP = 12
QUALITY = 42
BOATS = {
    "qwen3-30b": "**Rosella**: red as the bird, and easy to call across a harbour.",
    "gemma3-27b": "What about *Vermilion*? It is short for “a small red one that always comes home”.",
    "mistral-small": "Three to choose from:\n\n1. Cinnabar\n2. Poppy\n3. Little Ember",
}
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
    from webui.banners.models import Banner

    stage.arabic = chat_of(stage.alice, "نصائح للعمل من المنزل", "ما أفضل نصائحك للعمل من المنزل؟", ARABIC)
    for words, text in (("translate", "Translate into {{language}}: {{text}}"), ("sum-up", "Sum up in five lines.")):
        Prompt.objects.create(owner=stage.alice, command=words, name=words.capitalize(), text=text)
    broken = Conversation.objects.create(owner=stage.alice, title="Trains to Vienna", model_ids=["qwen3-30b"])
    asked = Message.objects.create(conversation=broken, author=stage.alice, role="user", text="Which train at night?")
    wrong = {"state": "failed", "error_code": "unreachable", "error_detail": "The model server “Lab” does not answer."}
    broken.show(Message.objects.create(conversation=broken, parent=asked, role="assistant", **wrong))
    stage.broken, stage.beside = f"/c/{broken.pk}/", _beside(stage.alice)
    house = picture_house.furnish(stage)
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
    return picture_places.of(stage, house)


def _beside(alice) -> str:
    """Three models answered one question."""
    from chat.models import Conversation, Message

    chat = Conversation.objects.create(owner=alice, title="A name for a boat", model_ids=["qwen3-30b", "gemma3-27b"])
    asked = Message.objects.create(conversation=chat, author=alice, role="user", text="A name for a small red boat?")
    for name, text in BOATS.items():
        last = Message.objects.create(
            conversation=chat, parent=asked, role="assistant", text=text, model_name=name, params={"group": "boats"}
        )
    chat.show(last)
    return f"/c/{chat.pk}/"


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
                shots[name].append(tuple(_picture(page, stage, name, path, language) for page in pages[who]))
    for name, pairs in shots.items():
        _sheet(pairs).save(TARGET / "surfaces" / f"{name}.webp", quality=QUALITY, method=6)
        print(f"surfaces/{name}.webp", flush=True)


def _picture(page, stage, name, path, language) -> Image.Image:
    page.goto(f"{path}?language={language}" if name == "offline" else path)
    if name.startswith("chat"):
        page.wait_for_load_state("networkidle")
    try:
        picture_places.prepare(page, stage, name)
    except Error as problem:
        print(f"surfaces/{name}: {str(problem).splitlines()[0]}", flush=True)
    shot = page.screenshot(animations="disabled")
    picture_places.leave(page, name)
    return Image.open(io.BytesIO(shot)).convert("RGB")


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
